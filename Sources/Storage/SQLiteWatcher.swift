// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import Synchronization

/// Notices commits: this process's at once, another's (the shell) by looking at `data_version` twice a second.
///
/// "The integer values returned by two invocations of PRAGMA data_version from the same connection will be different
/// if changes were committed to the database by any other connection in the interim" (sqlite.org/pragma.html).
final class SQLiteWatcher: Sendable {
    private struct State {
        var wakes: [@Sendable () -> Void] = []
        var isStarted = false
        var isStopped = false
    }

    private let path: String
    private let state = Mutex(State())
    private let stopping = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(path: String) { self.path = path }

    func add(_ wake: @escaping @Sendable () -> Void) {
        let starts = state.withLock { state in
            state.wakes.append(wake)
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard starts else { return }
        let thread = Thread { [self] in look() }
        thread.name = "sqlite-watcher"
        thread.start()
    }

    func ring() {
        for wake in state.withLock({ $0.wakes }) { wake() }
    }

    func stop() {
        let isRunning = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStarted && !state.isStopped
        }
        guard isRunning else { return }
        stopping.signal()
        ended.wait()
    }

    private func look() {
        defer { ended.signal() }
        var connection: SQLiteConnection?
        var seen: Int?
        while stopping.wait(timeout: .now() + .milliseconds(500)) == .timedOut {
            do {
                let open = try connection ?? SQLiteConnection(path: path, isWriter: false, busyTimeout: .seconds(1))
                connection = open
                let version = try Reading(open).value("PRAGMA data_version", as: Int.self)
                if seen != nil, version != seen { ring() }
                seen = version
            } catch {
                // The file is out of reach for the moment; a fresh connection tries again.
                connection = nil
                seen = nil
                ring()
            }
        }
    }
}
