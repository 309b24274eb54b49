// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// The event streams that are being read, with their limits.
final class OpenStreams: Sendable {
    private struct State {
        var all: [ObjectIdentifier: EventStream] = [:]
        var byAddress: [String: Int] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int
    private let limitPerAddress: Int
    private let limitsOwnMachine: Bool

    init(_ configuration: ServerConfiguration) {
        limit = configuration.streamLimit
        limitPerAddress = configuration.connectionsPerAddress
        limitsOwnMachine = configuration.limitsOwnMachine
    }

    var count: Int { state.withLock { $0.all.count } }

    /// Takes a stream in.
    ///
    /// - Returns: what stands against it.
    func enter(_ stream: EventStream, from address: String) -> HTTPProblem? {
        let group = Address.group(address)
        let isLimited = limitPerAddress > 0 && (limitsOwnMachine || !Address.isOwnMachine(address))
        let (problem, isClosed) = state.withLock { state -> (HTTPProblem?, Bool) in
            guard state.all.count < limit else { return (.unavailable(retryAfter: 30), false) }
            let others = state.byAddress[group, default: 0]
            guard !isLimited || others < limitPerAddress else { return (.tooManyRequests(retryAfter: 30), false) }
            state.all[ObjectIdentifier(stream)] = stream
            state.byAddress[group] = others + 1
            return (nil, state.isClosed)
        }
        // Ended rather than refused: browsers don't come back to an address of events that answered with an error.
        if isClosed { stream.close() }
        return problem
    }

    func leave(_ stream: EventStream, from address: String) {
        let group = Address.group(address)
        state.withLock { state in
            guard state.all.removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
            let left = state.byAddress[group, default: 1] - 1
            state.byAddress[group] = left > 0 ? left : nil
        }
    }

    func heartbeat() { for stream in state.withLock({ Array($0.all.values) }) { stream.heartbeat() } }

    /// Ends all streams, and those that come later at once.
    func close() {
        let streams = state.withLock { state in
            state.isClosed = true
            return Array(state.all.values)
        }
        for stream in streams { stream.close() }
    }
}
