// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Storage
import Synchronization

/// Slows guessing down without ever locking an owner out.
///
/// Failures are counted by account and by address. An account under attack answers later and later, up to a few
/// seconds, but it always answers: a stranger can cost the owner a short wait at a new browser, and nothing at a
/// browser that has signed in before. An address that keeps failing is refused for a growing while.
/// Both counts fade by half each ten minutes. Subjects are kept as digests, so the table names nobody.
public struct AttemptGuard: Sendable {
    private let database: Database
    private let clock: WallClock
    private let pause: @Sendable (Duration) async throws -> Void
    private let waiting = Waiting()

    /// The most answers that are held back at once; beyond that the address is told to come again.
    private static let waitingLimit = 500
    private static let freeFailuresOfAddress = 20

    /// - Parameter pause: waits; tests put a recorder here.
    public init(
        database: Database, clock: WallClock = .system,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.database = database
        self.clock = clock
        self.pause = pause
    }

    /// Holds an attempt back as long as earlier failures call for.
    func wait(account: String, address: String, known: Bool) async throws {
        if known { return }
        let (ofAccount, ofAddress) = try await database.read { reading in
            (
                try failures(Self.account(account), in: reading),
                try failures(Self.address(address), in: reading)
            )
        }
        if ofAddress > Self.freeFailuresOfAddress {
            throw IdentityProblem.tooManyAttempts(retryAfter: min(900, 30 << min(5, (ofAddress - 20) / 10)))
        }
        let delay = Self.delay(afterFailures: ofAccount)
        guard delay > .zero else { return }
        guard waiting.enter(limit: Self.waitingLimit) else { throw IdentityProblem.tooManyAttempts(retryAfter: 30) }
        defer { waiting.leave() }
        try await pause(delay)
    }

    /// The first three failures cost nothing; then 0.5, 1, 2, 4 and at most 8 seconds.
    static func delay(afterFailures count: Int) -> Duration {
        count < 3 ? .zero : .milliseconds(500 << min(4, count - 3))
    }

    func failed(account: String, address: String) async throws {
        let now = clock.now()
        let subjects = [Self.account(account), Self.address(address)]
        try await database.write { transaction in
            for subject in subjects {
                let count = try failures(subject, in: transaction) + 1
                try transaction.run(
                    """
                    INSERT INTO attempt (subject, failures, last_at) VALUES (\(subject), \(count), \(now))
                    ON CONFLICT (subject) DO UPDATE SET failures = \(count), last_at = \(now)
                    """)
            }
            try transaction.run("DELETE FROM attempt WHERE last_at < \(now - .seconds(86_400))")
        }
    }

    /// A right password and code clear the account's count, not the address's: one account of one's own must not
    /// wash an address clean.
    func succeeded(account: String, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM attempt WHERE subject = \(Self.account(account))")
    }

    private func failures(_ subject: [UInt8], in reading: Reading) throws -> Int {
        let row = try reading.first(
            "SELECT failures, last_at FROM attempt WHERE subject = \(subject)", as: Failures.self)
        guard let row else { return 0 }
        let halvings = (clock.now().milliseconds - row.lastAt.milliseconds) / 600_000
        return halvings > 20 ? 0 : row.count >> max(0, Int(halvings))
    }

    private static func account(_ name: String) -> [UInt8] { Digest.sha256(Array("account:\(name)".utf8)) }
    private static func address(_ address: String) -> [UInt8] { Digest.sha256(Array("address:\(address)".utf8)) }
}

private final class Waiting: Sendable {
    private let count = Mutex(0)

    func enter(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

private struct Failures: RowDecodable {
    let count: Int
    let lastAt: Timestamp
    init(row: Row) throws {
        count = try row["failures"]
        lastAt = try row["last_at"]
    }
}
