// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Testing
import Workers

@Suite struct WorkerPoolTests {
    @Test("work runs and its result or failure comes back")
    func result() async throws {
        struct Broken: Error {}
        let pool = WorkerPool(name: "t", threads: 2, queue: 10)
        #expect(try await pool.run { 6 * 7 } == 42)
        await #expect(throws: Broken.self) { try await pool.run { throw Broken() } }
        pool.shutdown()
    }

    @Test("a full queue refuses instead of piling up")
    func full() async throws {
        let pool = WorkerPool(name: "t", threads: 1, queue: 1)
        let gate = DispatchSemaphore(value: 0)
        let begun = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await pool.run {
                begun.continuation.yield()
                gate.wait()
            }
        }
        for await _ in begun.stream { break }
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 {
                group.addTask { (try? await pool.run {}) != nil }  // a refusal is what is counted
            }
            var taken: [Bool] = []
            for await outcome in group {
                taken.append(outcome)
                if taken.count == 2 { gate.signal() }
            }
            return taken
        }
        try await first.value
        #expect(outcomes.filter { $0 }.count == 1)
        pool.shutdown()
    }

    @Test("a pool that has been shut down takes nothing more")
    func shutdown() async {
        let pool = WorkerPool(name: "t", threads: 1, queue: 1)
        pool.shutdown()
        await #expect(throws: WorkersBusy.self) { try await pool.run {} }
    }
}
