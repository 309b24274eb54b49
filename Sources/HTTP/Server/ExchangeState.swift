// SPDX-License-Identifier: AGPL-3.0-or-later

/// Where an exchange stands between libmicrohttpd's thread and the task that answers it. A pure value: the owner
/// holds a lock around it and does what it is told.
struct ExchangeState {
    enum Phase {
        /// The head has come; nothing was decided.
        case fresh
        /// The body is coming in.
        case reading
        /// The task is running on libmicrohttpd's thread.
        case running
        /// The task went on elsewhere; the connection is suspended.
        case parked
        /// The answer is there and must be queued.
        case answered(Response)
        /// The answer is queued.
        case queued
        /// The connection has completed: nothing may touch it.
        case gone
    }

    private(set) var phase = Phase.fresh

    mutating func read() { phase = .reading }
    mutating func run() { phase = .running }

    enum AfterRun {
        case queue(Response)
        case suspend
    }

    /// The task has returned to libmicrohttpd's thread, finished or not.
    mutating func returned() -> AfterRun {
        if case .answered(let response) = phase {
            phase = .queued
            return .queue(response)
        }
        phase = .parked
        return .suspend
    }

    /// The task has an answer.
    ///
    /// - Returns: true when the connection must be resumed.
    mutating func finish(_ response: Response) -> Bool {
        switch phase {
        case .running:
            phase = .answered(response)
            return false
        case .parked:
            phase = .answered(response)
            return true
        default:
            return false
        }
    }

    /// libmicrohttpd calls again: the answer to queue, if there is one.
    mutating func takeAnswer() -> Response? {
        guard case .answered(let response) = phase else { return nil }
        phase = .queued
        return response
    }

    mutating func queueNow() { phase = .queued }
    mutating func complete() { phase = .gone }
}
