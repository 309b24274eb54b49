// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Synchronization

/// Hears of commits, this process's and others', by `LISTEN`, and connects again when the server has gone.
final class PostgresListener: Sendable {
    private struct State {
        var wakes: [@Sendable () -> Void] = []
        var isStarted = false
        var isStopped = false
    }

    private let url: String
    private let schema: String?
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    init(url: String, schema: String?) {
        self.url = url
        self.schema = schema
    }

    func add(_ wake: @escaping @Sendable () -> Void) {
        let starts = state.withLock { state in
            state.wakes.append(wake)
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard starts else { return }
        let thread = Thread { [self] in listen() }
        thread.name = "postgres-listener"
        thread.start()
    }

    func stop() {
        let isRunning = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStarted && !state.isStopped
        }
        if isRunning { ended.wait() }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func listen() {
        defer { ended.signal() }
        while !isStopped {
            do {
                let connection = try PostgresConnection(url: url, schema: schema)
                try connection.execute("LISTEN precinct")
                // Something may have been committed while nobody listened.
                ring()
                while !isStopped {
                    var waiting = pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0)
                    poll(&waiting, 1, 500)
                    if try connection.takeNotification() { ring() }
                }
            } catch {
                // The server is out of reach: look again shortly.
                Thread.sleep(forTimeInterval: 0.5)
            }
        }
    }

    private func ring() {
        for wake in state.withLock({ $0.wakes }) { wake() }
    }
}
