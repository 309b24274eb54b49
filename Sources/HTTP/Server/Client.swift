// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Synchronization

/// One open connection, as the sweeper sees it: its socket, and when what it is doing must be done.
final class Client: Sendable {
    private struct State {
        var socket: Int32
        var isOpen = true
        var deadline: ContinuousClock.Instant?
    }

    let address: String
    private let state: Mutex<State>

    init(socket: Int32, address: String, deadline: ContinuousClock.Instant) {
        self.address = address
        state = Mutex(State(socket: socket, deadline: deadline))
    }

    /// Sets what must be over by when; nil while the server itself is at work.
    func expect(by deadline: ContinuousClock.Instant?) { state.withLock { $0.deadline = deadline } }

    func closed() { state.withLock { $0.isOpen = false } }

    /// Cuts the connection if its time is up. Under the same lock as `closed`, so that the number of a socket that
    /// has since been given to somebody else is never shut down.
    func cut(ifLateAt now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.isOpen, let deadline = state.deadline, deadline < now else { return false }
            shutdown(state.socket, Int32(SHUT_RDWR))
            state.deadline = nil
            return true
        }
    }
}

/// All open connections.
final class Clients: Sendable {
    private struct State {
        var all: [ObjectIdentifier: Client] = [:]
        var byAddress: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.all.count } }

    func count(from address: String) -> Int { state.withLock { $0.byAddress[address, default: 0] } }

    func enter(_ client: Client) {
        state.withLock { state in
            state.all[ObjectIdentifier(client)] = client
            state.byAddress[client.address, default: 0] += 1
        }
    }

    func leave(_ client: Client) {
        client.closed()
        state.withLock { state in
            state.all[ObjectIdentifier(client)] = nil
            let left = state.byAddress[client.address, default: 1] - 1
            state.byAddress[client.address] = left > 0 ? left : nil
        }
    }

    /// Cuts everyone whose time is up.
    func sweep() -> Int {
        let now = ContinuousClock.now
        return state.withLock { Array($0.all.values) }.reduce(0) { $0 + ($1.cut(ifLateAt: now) ? 1 : 0) }
    }
}
