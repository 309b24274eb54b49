// SPDX-License-Identifier: AGPL-3.0-or-later

/// What SQLite and PostgreSQL each do in their own way behind `Database`.
protocol Driver: Sendable {
    var dialect: Dialect { get }

    func read<T: Sendable>(slow: Bool, _ body: @escaping @Sendable (Reading) throws -> T) async throws -> T

    /// Runs a closure in a transaction and returns once the commit is on disk.
    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T

    /// Runs schema changes, outside the statement limits of everyday work and with no other migration beside it.
    func migrate(_ body: @escaping @Sendable (Transaction) throws -> Void) async throws

    /// Calls when anything has been committed, by this process or another. May call once for several commits.
    func watch(_ wake: @escaping @Sendable () -> Void)

    func backup(to path: String, progress: @escaping @Sendable (Double) -> Void) async throws
    func close() async
}

/// Told of every commit, with what its closures announced.
typealias CommitObserver = @Sendable ([any Sendable]) -> Void
