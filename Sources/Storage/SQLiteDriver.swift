// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Synchronization
import Workers

/// SQLite: reads on the calling thread with a read-only connection of their own, writes on the writer's thread.
///
/// `@unchecked Sendable`: connections are used by one thread at a time, because each is taken out of the locked list
/// while it is in use.
final class SQLiteDriver: Driver, @unchecked Sendable {
    let dialect = Dialect.sqlite
    private let path: String
    private let options: DatabaseOptions
    private let writer: SQLiteWriter
    private let readers = Mutex<[SQLiteConnection]>([])
    private let slowPool: WorkerPool
    private let watcher: SQLiteWatcher

    init(path: String, options: DatabaseOptions, committed: @escaping CommitObserver) throws(DatabaseError) {
        self.path = path
        self.options = options
        let connection = try SQLiteConnection(path: path, isWriter: true, busyTimeout: options.busyTimeout)
        let watcher = SQLiteWatcher(path: path)
        self.watcher = watcher
        writer = SQLiteWriter(connection: connection) { news in
            committed(news)
            watcher.ring()
        }
        slowPool = WorkerPool(name: "slow-read", threads: options.slowReaders, queue: 500)
    }

    func read<T: Sendable>(slow: Bool, _ body: @escaping @Sendable (Reading) throws -> T) async throws -> T {
        slow
            ? try await slowPool.run { try self.read(limit: self.options.slowReadLimit, body) }
            : try read(limit: options.readLimit, body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await writer.submit(body)
    }

    func migrate(_ body: @escaping @Sendable (Transaction) throws -> Void) async throws {
        try await writer.submit(body)
        // The statements that readers have prepared may belong to the old schema.
        readers.withLock { $0 = [] }
    }

    func watch(_ wake: @escaping @Sendable () -> Void) { watcher.add(wake) }

    func backup(to path: String, progress: @escaping @Sendable (Double) -> Void) async throws {
        try await slowPool.run {
            try SQLiteConnection(path: self.path, isWriter: false, busyTimeout: self.options.busyTimeout)
                .copy(to: path, progress: progress)
        }
    }

    func close() async {
        watcher.stop()
        slowPool.shutdown()
        writer.stop()
        readers.withLock { $0 = [] }
    }

    private func read<T>(limit: Duration, _ body: (Reading) throws -> T) throws -> T {
        let kept = readers.withLock { $0.popLast().map(Loan.init) }
        let connection =
            try kept?.connection
            ?? SQLiteConnection(path: path, isWriter: false, busyTimeout: options.busyTimeout)
        let loan = Loan(connection)
        connection.limit(to: limit)
        try connection.command("BEGIN")
        defer {
            connection.limit(to: nil)
            // A read that ran out of time has ended its transaction already.
            try? connection.command("COMMIT")
            readers.withLock { if $0.count < 64, !loan.connection.isInTransaction { $0.append(loan.connection) } }
        }
        return try body(Reading(connection))
    }
}

/// A connection on its way into or out of the list of readers.
///
/// `@unchecked Sendable`: while it is lent, only the borrower has it.
private struct Loan: @unchecked Sendable {
    let connection: SQLiteConnection
    init(_ connection: SQLiteConnection) { self.connection = connection }
}
