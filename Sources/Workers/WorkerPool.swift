// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import Synchronization

/// Thrown when a pool's queue is full: the caller answers "try again" instead of piling work up.
public struct WorkersBusy: Error {
    public init() {}
}

/// A bounded pool of threads that we own, for C code that blocks: password hashing, pictures, libcurl, libpq.
///
/// Such work never runs on Swift's own pool, whose few threads answer requests.
public final class WorkerPool: Sendable {
    private typealias Job = @Sendable () -> Void

    private struct State {
        var jobs: [Job] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchGroup()
    private let queueLimit: Int
    private let threads: Int

    /// - Parameters:
    ///   - name: the threads' name, as `top -H` shows it.
    ///   - queue: how many jobs may wait; beyond that `run` throws `WorkersBusy`.
    public init(name: String, threads: Int, queue: Int) {
        queueLimit = queue
        self.threads = threads
        for number in 1...max(1, threads) {
            ended.enter()
            let thread = Thread { [self] in
                work()
                ended.leave()
            }
            thread.name = "\(name)-\(number)"
            thread.stackSize = 1 << 21
            thread.start()
        }
    }

    /// Runs blocking work on one of the pool's threads.
    ///
    /// - Throws: what the work throws, or `WorkersBusy` when the queue is full or the pool has been shut down.
    public func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let taken = state.withLock { state in
                guard !state.isStopped, state.jobs.count < queueLimit else { return false }
                state.jobs.append { continuation.resume(with: Result { try work() }) }
                return true
            }
            if taken { wake.signal() } else { continuation.resume(throwing: WorkersBusy()) }
        }
    }

    /// Finishes what is queued and ends the threads.
    public func shutdown() {
        state.withLock { $0.isStopped = true }
        for _ in 0..<max(1, threads) { wake.signal() }
        ended.wait()
    }

    private func work() {
        while true {
            wake.wait()
            let (job, isStopped) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isStopped)
            }
            if let job { job() } else if isStopped { return }
        }
    }
}
