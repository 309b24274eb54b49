// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// One thing to be brought to one place outside, kept until it is settled.
public struct Delivery: Sendable, RowDecodable {
    public enum State: String, Sendable, SQLValueConvertible {
        case queued, sending, sent, failed
    }

    public let id: ID<Delivery>
    public let queue: String
    public let target: String
    public let payload: String
    public let state: State
    public let attempts: Int
    public let due: Timestamp
    public let failure: String?

    public init(row: Row) throws {
        id = try row["id"]
        queue = try row["queue"]
        target = try row["target"]
        payload = try row["payload"]
        state = try row["state"]
        attempts = try row["attempts"]
        due = try row["due"]
        failure = try row["failure"]
    }
}

/// Delivery rows with retry. A row is queued in the transaction that causes it, claimed by one process at a time,
/// and tried again after growing pauses; a claim that its process never settled is free again after a lease.
public struct Deliveries: Sendable {
    private let clock: WallClock
    private let lease: Duration
    private let attemptLimit: Int

    public init(clock: WallClock = .system, lease: Duration = .seconds(120), attemptLimit: Int = 12) {
        self.clock = clock
        self.lease = lease
        self.attemptLimit = attemptLimit
    }

    /// Queues a delivery, due at once.
    @discardableResult
    public func enqueue(
        _ queue: String, target: String, payload: String, in transaction: Transaction
    ) throws -> ID<Delivery> {
        let id = ID<Delivery>.next()
        let now = clock.now()
        try transaction.run(
            """
            INSERT INTO delivery (id, queue, target, payload, state, attempts, due, created_at)
            VALUES (\(id), \(queue), \(target), \(payload), \(Delivery.State.queued), 0, \(now), \(now))
            """)
        return id
    }

    /// Claims what is due, oldest first.
    public func claim(_ queue: String, limit: Int, in transaction: Transaction) throws -> [Delivery] {
        let now = clock.now()
        let open: [Delivery.State] = [.queued, .sending]
        return try transaction.all(
            """
            UPDATE delivery SET state = \(Delivery.State.sending), attempts = attempts + 1, due = \(now + lease)
            WHERE queue = \(queue) AND state IN \(list: open) AND due <= \(now) AND id IN (
                SELECT id FROM delivery WHERE queue = \(queue) AND state IN \(list: open) AND due <= \(now)
                ORDER BY due LIMIT \(limit))
            RETURNING *
            """)
    }

    /// Records that a claimed delivery arrived.
    public func sent(_ delivery: Delivery, in transaction: Transaction) throws {
        try transaction.run(
            """
            UPDATE delivery SET state = \(Delivery.State.sent), failure = NULL, settled_at = \(clock.now())
            WHERE id = \(delivery.id) AND attempts = \(delivery.attempts)
            """)
    }

    /// Records that an attempt failed; it is tried again after 2, 4, 8 seconds and so on up to an hour, or given up.
    public func failed(_ delivery: Delivery, because reason: String, in transaction: Transaction) throws {
        let now = clock.now()
        let final = delivery.attempts >= attemptLimit
        let pause = Duration.seconds(min(3600, 1 << min(delivery.attempts, 12)))
        try transaction.run(
            """
            UPDATE delivery SET state = \(final ? Delivery.State.failed : .queued), failure = \(reason),
                due = \(now + pause), settled_at = \(final ? now : nil as Timestamp?)
            WHERE id = \(delivery.id) AND attempts = \(delivery.attempts)
            """)
    }
}
