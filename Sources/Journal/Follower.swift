// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// A reader of the journal whose cursor lies in the database: after a crash it goes on where it was.
///
/// The work and the step of the cursor are one transaction, so each entry takes effect once.
public struct Follower: Sendable {
    public let name: String
    private let ledger: Ledger

    public init(_ name: String, ledger: Ledger) {
        self.name = name
        self.ledger = ledger
    }

    /// Handles the entries after the cursor.
    ///
    /// - Returns: how many entries were handled; 0 when the follower has caught up.
    public func advance(
        in database: Database, batch: Int = 200, handle: @escaping @Sendable (Entry, Transaction) throws -> Void
    ) async throws -> Int {
        let (name, ledger) = (self.name, self.ledger)
        return try await database.write { transaction in
            try transaction.run(
                "INSERT INTO follower (name, sequence) VALUES (\(name), 0) ON CONFLICT (name) DO NOTHING")
            // The update takes the row's lock: two processes never handle the same entries.
            try transaction.run("UPDATE follower SET sequence = sequence WHERE name = \(name)")
            let cursor =
                try transaction.value(
                    "SELECT sequence FROM follower WHERE name = \(name)", as: Int64.self) ?? 0
            let entries = try ledger.entries(
                after: cursor, audience: Audience.allCases, limit: batch, in: transaction)
            for entry in entries { try handle(entry, transaction) }
            if let last = entries.last {
                try transaction.run("UPDATE follower SET sequence = \(last.sequence) WHERE name = \(name)")
            }
            return entries.count
        }
    }
}
