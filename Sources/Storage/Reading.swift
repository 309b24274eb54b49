// SPDX-License-Identifier: AGPL-3.0-or-later

/// Which database answers. Only the storage floor and schema code ask.
public enum Dialect: Sendable {
    case sqlite, postgresql
}

/// An open connection inside a transaction, used by one thread at a time.
protocol Connection: AnyObject {
    var dialect: Dialect { get }
    /// Runs one statement.
    ///
    /// - Returns: the number of rows that it changed.
    func run(_ sql: SQL, each: (Row) throws -> Void) throws -> Int
}

/// A read transaction. It lives inside its closure: not being Sendable, it can't be taken out.
public class Reading {
    let connection: any Connection

    init(_ connection: any Connection) { self.connection = connection }

    public var dialect: Dialect { connection.dialect }

    /// Every row of the answer.
    public func all<T: RowDecodable>(_ sql: SQL, as type: T.Type = T.self) throws -> [T] {
        var rows: [T] = []
        _ = try connection.run(sql) { rows.append(try T(row: $0)) }
        return rows
    }

    /// The first row of the answer, if there is one. Say `LIMIT 1` where there may be more.
    public func first<T: RowDecodable>(_ sql: SQL, as type: T.Type = T.self) throws -> T? {
        var found: T?
        _ = try connection.run(sql) { row in
            if found == nil { found = try T(row: row) }
        }
        return found
    }

    /// The first column of the first row; nil when there is no row or the column is null.
    public func value<T: SQLValueConvertible>(_ sql: SQL, as type: T.Type = T.self) throws -> T? {
        var found: T?
        var isFirst = true
        _ = try connection.run(sql) { row in
            if isFirst { found = try row.first(as: T.self) }
            isFirst = false
        }
        return found
    }

    /// The first column of every row that is not null there.
    public func values<T: SQLValueConvertible>(_ sql: SQL, as type: T.Type = T.self) throws -> [T] {
        var found: [T] = []
        _ = try connection.run(sql) { row in
            if let value = try row.first(as: T.self) { found.append(value) }
        }
        return found
    }

    /// Hands the rows out one by one, for answers too long to hold.
    public func each(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        _ = try connection.run(sql, each: body)
    }
}

/// A write transaction.
public final class Transaction: Reading {
    private(set) var news: [any Sendable] = []

    /// Runs a statement that changes something.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    public func run(_ sql: SQL) throws -> Int {
        try connection.run(sql) { _ in }
    }

    /// Has the database's observers told of something, once the commit is on disk and before `write` returns.
    /// What a failed closure announced is forgotten.
    public func announce(_ news: any Sendable) { self.news.append(news) }

    /// Waits for other transactions that hold the same name's lock, and holds it until this one ends.
    ///
    /// SQLite has one writer at a time, so there is nothing to wait for; on PostgreSQL it is an advisory lock.
    public func serialize(_ name: StaticString) throws {
        guard dialect == .postgresql else { return }
        let key = Int64(bitPattern: Checksum.of("\(name)") >> 1)
        _ = try connection.run("SELECT pg_advisory_xact_lock(\(key))") { _ in }
    }
}

/// FNV-1a over 64 bits: enough to notice an edited migration or to name a lock; no protection against intent.
enum Checksum {
    static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
