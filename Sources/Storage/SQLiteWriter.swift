// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import Synchronization

/// One closure on its way through the writer.
///
/// `@unchecked Sendable`: its maker hands it to the queue and never looks back; from then on the writer's thread alone
/// touches it.
final class WriteJob: @unchecked Sendable {
    let run: (Transaction) throws -> Void
    let finish: ((any Error)?) -> Void
    var news: [any Sendable] = []
    var failure: (any Error)?

    init(run: @escaping (Transaction) throws -> Void, finish: @escaping ((any Error)?) -> Void) {
        self.run = run
        self.finish = finish
    }
}

/// The thread that does all writing: it takes whatever closures are waiting, runs each in a savepoint of one
/// transaction, and answers each only after the one commit is on disk.
///
/// `@unchecked Sendable`: the connection and the jobs taken are touched by the writer's thread alone; everything
/// else is in a `Mutex`.
final class SQLiteWriter: @unchecked Sendable {
    private struct Queue {
        var jobs: [WriteJob] = []
        var isStopped = false
    }

    private let connection: SQLiteConnection
    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let committed: CommitObserver
    private static let batchLimit = 512

    init(connection: SQLiteConnection, committed: @escaping CommitObserver) {
        self.connection = connection
        self.committed = committed
        let thread = Thread { [self] in work() }
        thread.name = "sqlite-writer"
        thread.stackSize = 1 << 22
        thread.start()
    }

    func submit<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            var result: T?
            let job = WriteJob(
                run: { result = try body($0) },
                finish: { error in
                    if let error {
                        continuation.resume(throwing: error)
                    } else if let result {
                        continuation.resume(returning: result)
                    } else {
                        continuation.resume(throwing: DatabaseError.unavailable("the writer lost an answer"))
                    }
                })
            let isTaken = enqueue(job)
            if !isTaken { continuation.resume(throwing: DatabaseError.unavailable("the database is closed")) }
        }
    }

    /// Finishes what is queued and ends the thread.
    func stop() {
        queue.withLock { $0.isStopped = true }
        wake.signal()
        ended.wait()
    }

    private func enqueue(_ job: WriteJob) -> Bool {
        let taken = queue.withLock { queue in
            guard !queue.isStopped else { return false }
            queue.jobs.append(job)
            return true
        }
        if taken { wake.signal() }
        return taken
    }

    private func work() {
        var logIsLong = false
        while true {
            // An idle writer shortens the log, which a long reader may have kept it from doing at once.
            if logIsLong, wake.wait(timeout: .now() + 2) == .timedOut {
                // A reader in the way only means that the next idle moment tries again.
                try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                logIsLong = false
                continue
            }
            if !logIsLong { wake.wait() }
            let (batch, isStopped) = queue.withLock { queue in
                let batch = Array(queue.jobs.prefix(Self.batchLimit))
                queue.jobs.removeFirst(batch.count)
                return (batch, queue.isStopped && queue.jobs.isEmpty)
            }
            if !batch.isEmpty {
                commit(batch)
                logIsLong = true
            }
            if isStopped {
                ended.signal()
                return
            }
            if queue.withLock({ !$0.jobs.isEmpty }) { wake.signal() }
        }
    }

    private func commit(_ batch: [WriteJob]) {
        do {
            try runTogether(batch)
        } catch {
            // A failure has ended the whole transaction, the good closures' work included. None has been answered,
            // so each is run again on its own; only the ones that fail there fail.
            for job in batch {
                job.news = []
                job.failure = nil
                do { try runTogether([job]) } catch { job.failure = job.failure ?? error }
            }
        }
        let news = batch.filter { $0.failure == nil }.flatMap(\.news)
        if batch.contains(where: { $0.failure == nil }) { committed(news) }
        for job in batch { job.finish(job.failure) }
    }

    /// Runs the closures in one transaction and commits it.
    ///
    /// - Throws: when the transaction as a whole is lost. A closure's own failure is kept in its job.
    private func runTogether(_ batch: [WriteJob]) throws {
        try connection.command("BEGIN IMMEDIATE")
        do {
            for job in batch { try runOne(job) }
            try connection.command("COMMIT")
        } catch {
            // "If the transaction has already been rolled back automatically ... ROLLBACK will fail with an error,
            // but no harm is caused by this" (sqlite.org/lang_transaction.html).
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    private func runOne(_ job: WriteJob) throws {
        try connection.command("SAVEPOINT closure")
        let transaction = Transaction(connection)
        do {
            try job.run(transaction)
            guard connection.isInTransaction else { throw TransactionLost() }
            try connection.command("RELEASE closure")
            job.news = transaction.news
        } catch {
            job.failure = error is TransactionLost ? DatabaseError.full : error
            guard connection.isInTransaction else { throw TransactionLost() }
            try connection.command("ROLLBACK TO closure")
            try connection.command("RELEASE closure")
        }
    }
}

/// A full disk, an I/O error or a rule with ROLLBACK ended the whole transaction under a closure.
private struct TransactionLost: Error {}
