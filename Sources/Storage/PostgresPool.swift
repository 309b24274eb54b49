// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import Synchronization

/// Connections, each on a thread of its own, which take work from one queue.
final class PostgresPool: Sendable {
    private typealias Job = @Sendable (Result<PostgresConnection, DatabaseError>) -> Void

    private struct State {
        var jobs: [Job] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchGroup()
    private let url: String
    private let schema: String?
    private let connections: Int
    private static let queueLimit = 10_000

    init(url: String, schema: String?, connections: Int) {
        self.url = url
        self.schema = schema
        self.connections = max(1, connections)
        for number in 1...self.connections {
            ended.enter()
            let thread = Thread { [self] in
                work()
                ended.leave()
            }
            thread.name = "postgres-\(number)"
            thread.stackSize = 1 << 21
            thread.start()
        }
    }

    func run<T: Sendable>(_ body: @escaping @Sendable (PostgresConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let taken = state.withLock { state in
                guard !state.isStopped, state.jobs.count < Self.queueLimit else { return false }
                state.jobs.append { connection in
                    continuation.resume(with: Result { try body(connection.get()) })
                }
                return true
            }
            if taken {
                wake.signal()
            } else {
                continuation.resume(throwing: DatabaseError.unavailable("the database is closed or overloaded"))
            }
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        for _ in 0..<connections { wake.signal() }
        ended.wait()
    }

    private func work() {
        var connection: PostgresConnection?
        while true {
            wake.wait()
            let (job, isStopped) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isStopped)
            }
            guard let job else {
                if isStopped { return }
                continue
            }
            if connection?.isAlive != true { connection = nil }
            do throws(DatabaseError) {
                if let open = connection {
                    job(.success(open))
                } else {
                    let fresh = try PostgresConnection(url: url, schema: schema)
                    connection = fresh
                    job(.success(fresh))
                }
            } catch {
                job(.failure(error))
            }
        }
    }
}
