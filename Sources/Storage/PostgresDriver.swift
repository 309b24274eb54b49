// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Synchronization

/// PostgreSQL: the same closures on a pool of connections, each with a thread of its own.
final class PostgresDriver: Driver {
    let dialect = Dialect.postgresql
    private let pool: PostgresPool
    private let options: DatabaseOptions
    private let url: String
    private let committed: CommitObserver
    private let listener: PostgresListener

    /// A transaction that lost against another one is run again this often.
    private static let retryLimit = 8

    init(url: String, options: DatabaseOptions, committed: @escaping CommitObserver) throws(DatabaseError) {
        self.url = url
        self.options = options
        self.committed = committed
        // Fails at once, and clearly, when the server can't be reached.
        _ = try PostgresConnection(url: url, schema: options.schema)
        pool = PostgresPool(url: url, schema: options.schema, connections: options.connections)
        listener = PostgresListener(url: url, schema: options.schema)
    }

    func read<T: Sendable>(slow: Bool, _ body: @escaping @Sendable (Reading) throws -> T) async throws -> T {
        let limit = (slow ? options.slowReadLimit : options.readLimit).components.seconds * 1000
        return try await pool.run { connection in
            try connection.execute(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = \(limit)")
            do {
                let result = try body(Reading(connection))
                try connection.execute("COMMIT")
                return result
            } catch {
                // The connection may be gone with the server; the first cause is the one to report.
                try? connection.execute("ROLLBACK")
                throw error
            }
        }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await pool.run { [committed] connection in
            var attempt = 0
            while true {
                do {
                    let (result, news) = try Self.transact(connection, body)
                    committed(news)
                    return result
                } catch DatabaseError.busy where attempt < Self.retryLimit {
                    attempt += 1
                }
            }
        }
    }

    func migrate(_ body: @escaping @Sendable (Transaction) throws -> Void) async throws {
        try await write(body)
    }

    func watch(_ wake: @escaping @Sendable () -> Void) { listener.add(wake) }

    func backup(to path: String, progress: @escaping @Sendable (Double) -> Void) async throws {
        try PostgresTools.dump(url: url, schema: options.schema, to: path)
        progress(1)
    }

    func close() async {
        listener.stop()
        pool.stop()
    }

    private static func transact<T>(
        _ connection: PostgresConnection, _ body: (Transaction) throws -> T
    ) throws -> (T, [any Sendable]) {
        // READ COMMITTED: after the journal's lock is taken, the last entry must be visible.
        try connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '5s'")
        let transaction = Transaction(connection)
        do {
            let result = try body(transaction)
            if !transaction.news.isEmpty { try connection.execute("NOTIFY precinct") }
            try connection.execute("COMMIT")
            return (result, transaction.news)
        } catch {
            // The connection may be gone with the server; the first cause is the one to report.
            try? connection.execute("ROLLBACK")
            throw error
        }
    }
}
