// SPDX-License-Identifier: AGPL-3.0-or-later

/// A full-text index over one sort of thing, with the same hits on both databases.
///
/// Rows are put in and taken out in the transaction that changes the thing. Token text is kept, since erasing a text
/// must be able to erase its words (FTS5 can't delete from a contentless table without them).
public struct SearchIndex: Sendable {
    private let table: String

    /// - Parameter name: becomes the table `search_NAME`.
    public init(_ name: StaticString) { table = "search_\(name)" }

    /// The step that makes the index.
    public var migration: Migration {
        Migration(
            "search-0001-\(table)",
            sqlite: """
                CREATE VIRTUAL TABLE \(table) USING fts5(title, text, tokenize = 'unicode61 remove_diacritics 0');
                """,
            postgresql: """
                CREATE TABLE \(table) (subject BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
                CREATE INDEX \(table)_words ON \(table) USING GIN (words);
                """)
    }

    /// Indexes a thing anew. Words of the title count for more.
    public func put(_ subject: Int64, title: String, text: String, in transaction: Transaction) throws {
        try remove(subject, in: transaction)
        let title = SearchText.words(title)
        let text = SearchText.words(text)
        switch transaction.dialect {
        case .sqlite:
            try transaction.run(
                """
                INSERT INTO \(unsafeRaw: table) (rowid, title, text)
                VALUES (\(subject), \(title.joined(separator: " ")), \(text.joined(separator: " ")))
                """)
        case .postgresql:
            try transaction.run(
                """
                INSERT INTO \(unsafeRaw: table) (subject, words)
                VALUES (\(subject), CAST(\(Self.vector(title: title, text: text)) AS tsvector))
                """)
        }
    }

    /// Takes a thing out of the index, its words included.
    public func remove(_ subject: Int64, in transaction: Transaction) throws {
        let key: SQL = transaction.dialect == .sqlite ? "rowid" : "subject"
        try transaction.run("DELETE FROM \(unsafeRaw: table) WHERE \(sql: key) = \(subject)")
    }

    /// The things that match all of a query's terms, best first. A query without a word matches nothing.
    public func matches(_ query: String, limit: Int, offset: Int = 0, in reading: Reading) throws -> [Int64] {
        let terms = SearchText.terms(query)
        guard !terms.isEmpty else { return [] }
        switch reading.dialect {
        case .sqlite:
            let match = terms.map(Self.fts).joined(separator: " AND ")
            return try reading.values(
                """
                SELECT rowid FROM \(unsafeRaw: table) WHERE \(unsafeRaw: table) MATCH \(match)
                ORDER BY bm25(\(unsafeRaw: table), 4.0, 1.0), rowid DESC LIMIT \(limit) OFFSET \(offset)
                """)
        case .postgresql:
            let match = terms.map(Self.tsquery).joined(separator: " & ")
            return try reading.values(
                """
                SELECT subject FROM \(unsafeRaw: table), CAST(\(match) AS tsquery) AS query WHERE words @@ query
                ORDER BY ts_rank(words, query) DESC, subject DESC LIMIT \(limit) OFFSET \(offset)
                """)
        }
    }

    /// Every token stands in quotes: FTS5's tokenizer splits at `'` and `-`, and its operators are words.
    private static func fts(_ term: SearchText.Term) -> String {
        switch term {
        case .phrase(let words): "\"\(words.joined(separator: " "))\""
        case .prefix(let word): "\"\(word)\" *"
        }
    }

    private static func tsquery(_ term: SearchText.Term) -> String {
        switch term {
        case .phrase(let words): "(" + words.map { "'\($0)'" }.joined(separator: " <-> ") + ")"
        case .prefix(let word): "'\(word)':*"
        }
    }

    /// A tsvector's own notation: `'word':12A`. Positions end at 16383, and a word keeps at most 255 of them
    /// (PostgreSQL manual, 12.11); what lies beyond is found by word, not by phrase.
    private static func vector(title: [String], text: [String]) -> String {
        var position = 0
        var lexemes: [String] = []
        for (words, weight) in [(title, "A"), (text, "")] {
            for word in words where word.utf8.count < 2000 {
                position += 1
                lexemes.append(position < 16_383 ? "'\(word)':\(position)\(weight)" : "'\(word)'")
            }
            // A phrase doesn't run from the title into the text.
            position += 1
        }
        return lexemes.joined(separator: " ")
    }
}
