// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
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

    /// Cuts the connection if its time is up.
    func cut(ifLateAt now: ContinuousClock.Instant, counting counter: Metrics.Counter) {
        state.withLock { state in
            guard state.isOpen, let deadline = state.deadline, deadline < now else { return }
            counter.add()
            Self.cut(&state)
        }
    }

    /// Cuts the connection whatever it is doing.
    func cut() { state.withLock { Self.cut(&$0) } }

    /// Under the same lock as `closed`, so that the number of a socket that has since been given to somebody else is
    /// never shut down.
    private static func cut(_ state: inout State) {
        guard state.isOpen else { return }
        shutdown(state.socket, Int32(SHUT_RDWR))
        state.deadline = nil
    }

    /// Bounds what the system itself holds back for a reader of a stream: 64 KiB of events that were not fetched, and
    /// a minute without a sign of life (tcp(7), TCP_USER_TIMEOUT).
    func prepareForStream() {
        state.withLock { state in
            guard state.isOpen else { return }
            var room: Int32 = 64 * 1024
            setsockopt(state.socket, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
            var patience: UInt32 = 60_000
            setsockopt(
                state.socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &patience, socklen_t(MemoryLayout<UInt32>.size))
        }
    }
}

/// All open connections.
final class Clients: Sendable {
    private struct State {
        var all: [ObjectIdentifier: Client] = [:]
        var byAddress: [String: Int] = [:]
        var entered = 0
    }

    private let state = Mutex(State())

    /// How many have ever entered.
    var entered: Int { state.withLock { $0.entered } }

    var count: Int { state.withLock { $0.all.count } }

    func count(from address: String) -> Int { state.withLock { $0.byAddress[Address.group(address), default: 0] } }

    func enter(_ client: Client) {
        state.withLock { state in
            state.all[ObjectIdentifier(client)] = client
            state.entered += 1
            state.byAddress[Address.group(client.address), default: 0] += 1
        }
    }

    func leave(_ client: Client) {
        client.closed()
        state.withLock { state in
            state.all[ObjectIdentifier(client)] = nil
            let group = Address.group(client.address)
            let left = state.byAddress[group, default: 1] - 1
            state.byAddress[group] = left > 0 ? left : nil
        }
    }

    /// Cuts everyone whose time is up.
    func sweep(counting counter: Metrics.Counter) {
        let now = ContinuousClock.now
        for client in state.withLock({ Array($0.all.values) }) { client.cut(ifLateAt: now, counting: counter) }
    }
}
