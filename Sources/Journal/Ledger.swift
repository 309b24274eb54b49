// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Storage

/// The append-only record of every public act.
///
/// Sequence numbers are taken under a lock that is held until the commit, so that a reader with a cursor can't
/// skip an entry that becomes visible late. SQLite has one writer anyway; on PostgreSQL an advisory lock serves.
public struct Ledger: Sendable {
    let clock: WallClock

    public init(clock: WallClock = .system) {
        self.clock = clock
    }

    /// Records an act in the transaction that performs it.
    ///
    /// - Returns: the sequence number, and the nonce of the commitment, to be kept beside the text.
    @discardableResult
    public func append(_ new: NewEntry, in transaction: Transaction) throws -> Recorded {
        try transaction.serialize("precinct.journal")
        let last = try transaction.first(
            "SELECT sequence, chain FROM journal ORDER BY sequence DESC LIMIT 1", as: Head.self)
        let commitment = new.content.map { Commitment.make($0) }
        var entry = StoredEntry(new, sequence: (last?.sequence ?? 0) + 1, at: clock.now(), digest: commitment?.digest)
        entry.chain = entry.link(after: last?.chain ?? [])
        try transaction.run(entry.insertion)
        transaction.announce(Touched(tags: [new.subject, .journal] + new.tags))
        return Recorded(sequence: entry.sequence, nonce: commitment?.nonce)
    }

    /// Entries after a cursor, oldest first, as far as the audience may see them.
    public func entries(
        after cursor: Int64, audience: [Audience] = [.everyone], limit: Int, in reading: Reading
    ) throws -> [Entry] {
        try reading.all(
            """
            SELECT * FROM journal WHERE sequence > \(cursor) AND audience IN \(list: audience.map(\.rawValue))
            ORDER BY sequence LIMIT \(limit)
            """)
    }

    /// The newest entries before a place, newest first; `desk` keeps those of one desk.
    public func latest(
        before place: Int64? = nil, desk: Int64? = nil, audience: [Audience] = [.everyone], limit: Int,
        in reading: Reading
    ) throws -> [Entry] {
        let ofDesk: SQL = desk.map { "AND desk = \($0)" } ?? ""
        return try reading.all(
            """
            SELECT * FROM journal WHERE sequence < \(place ?? .max) AND audience IN \(list: audience.map(\.rawValue))
            \(sql: ofDesk) ORDER BY sequence DESC LIMIT \(limit)
            """)
    }

    /// The newest entry's number, 0 for an empty journal.
    public func head(in reading: Reading) throws -> Int64 {
        try reading.value("SELECT MAX(sequence) FROM journal", as: Int64.self) ?? 0
    }

    /// Recomputes the chain over a stretch of entries.
    ///
    /// - Returns: the first sequence number whose chain value does not follow from the entry before; nil if all do.
    public func firstBreak(in reading: Reading) throws -> Int64? {
        var previous: [UInt8] = []
        var expected: Int64 = 1
        var broken: Int64?
        try reading.each("SELECT * FROM journal ORDER BY sequence") { row in
            guard broken == nil else { return }
            let entry = StoredEntry(try Entry(row: row))
            if entry.sequence != expected || entry.link(after: previous) != entry.chain { broken = entry.sequence }
            previous = entry.chain
            expected += 1
        }
        return broken
    }
}

private struct Head: RowDecodable {
    let sequence: Int64
    let chain: [UInt8]
    init(row: Row) throws {
        sequence = try row["sequence"]
        chain = try row["chain"]
    }
}
