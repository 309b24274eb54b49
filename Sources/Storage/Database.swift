// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// How a database is used.
public struct DatabaseOptions: Sendable {
    /// How long an everyday read may take.
    public var readLimit: Duration = .seconds(5)
    /// How long a read on a slow route (search, inbox, export) may take.
    public var slowReadLimit: Duration = .seconds(30)
    /// How long to wait for another process that is writing.
    public var busyTimeout: Duration = .seconds(5)
    /// Threads for slow reads.
    public var slowReaders = 2
    /// Connections to PostgreSQL.
    public var connections = 8
    /// The PostgreSQL schema; nil for the user's own search path.
    public var schema: String?

    public init() {}
}

/// The city's database: an embedded SQLite file or a PostgreSQL server, under one interface.
///
/// Transactions are synchronous closures, so none can stay open across a suspension. A closure may be run more than
/// once before it is answered: it must have no effect outside the database.
public final class Database: Sendable {
    let driver: any Driver
    private let observers: Observers

    private init(driver: any Driver, observers: Observers) {
        self.driver = driver
        self.observers = observers
    }

    /// Opens the file, or creates it.
    public static func sqlite(
        at path: String, options: DatabaseOptions = DatabaseOptions()
    ) throws(DatabaseError) -> Database {
        let observers = Observers()
        let driver = try SQLiteDriver(path: path, options: options) { observers.tell($0) }
        return Database(driver: driver, observers: observers)
    }

    /// Connects to a server.
    ///
    /// - Parameter url: a libpq connection string, `postgresql://user@host/name` (PostgreSQL manual, 34.1.1).
    public static func postgresql(
        _ url: String, options: DatabaseOptions = DatabaseOptions()
    ) throws(DatabaseError) -> Database {
        let observers = Observers()
        let driver = try PostgresDriver(url: url, options: options) { observers.tell($0) }
        return Database(driver: driver, observers: observers)
    }

    public var dialect: Dialect { driver.dialect }

    /// Runs a closure in a read transaction. It sees one state of the database, with everything in it whose write
    /// has been answered.
    ///
    /// On SQLite it runs on the calling thread and does not suspend, unless `slow`.
    public func read<T: Sendable>(
        slow: Bool = false, _ body: @escaping @Sendable (Reading) throws -> T
    ) async throws -> T {
        try await driver.read(slow: slow, body)
    }

    /// Runs a closure in a write transaction and returns once its commit is on disk.
    @discardableResult
    public func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await driver.write(body)
    }

    /// Has a function told what transactions announced: after the commit is on disk, before their writers are
    /// answered, on the thread that committed. It must be quick and must not touch the database.
    public func observe(_ observer: @escaping @Sendable ([any Sendable]) -> Void) { observers.add(observer) }

    /// Has a function called whenever something has been committed, by this process or by another. It may be called
    /// once for several commits, and for none.
    public func changes(_ wake: @escaping @Sendable () -> Void) { driver.watch(wake) }

    /// Writes a copy of the whole database to a new file, while others go on working.
    public func backup(to path: String, progress: @escaping @Sendable (Double) -> Void = { _ in }) async throws {
        try await driver.backup(to: path, progress: progress)
    }

    /// Asks the database whether it answers.
    public func health() async throws {
        _ = try await read { try $0.value("SELECT 1", as: Int.self) }
    }

    /// Finishes what is under way and closes all connections.
    public func close() async { await driver.close() }
}

private final class Observers: Sendable {
    private let list = Mutex<[@Sendable ([any Sendable]) -> Void]>([])

    func add(_ observer: @escaping @Sendable ([any Sendable]) -> Void) { list.withLock { $0.append(observer) } }

    func tell(_ news: [any Sendable]) {
        guard !news.isEmpty else { return }
        for observer in list.withLock({ $0 }) { observer(news) }
    }
}
