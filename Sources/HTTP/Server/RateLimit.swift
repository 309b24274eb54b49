// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// A token bucket for each client address.
final class RateLimit: Sendable {
    private struct Bucket {
        var tokens: Double
        var filled: ContinuousClock.Instant
    }

    private let rate: Double
    private let buckets = Mutex<[String: Bucket]>([:])
    private static let burstSeconds = 10.0
    private static let addressLimit = 100_000

    /// - Parameter perSecond: 0 for no limit.
    init(perSecond: Int) { rate = Double(perSecond) }

    /// Takes a token; false when the address has none left.
    func admit(_ address: String, at now: ContinuousClock.Instant = .now) -> Bool {
        guard rate > 0, !Self.isOwnMachine(address) else { return true }
        return buckets.withLock { buckets in
            if buckets.count > Self.addressLimit { Self.forgetFull(&buckets, rate, now) }
            let full = rate * Self.burstSeconds
            var bucket = buckets[address] ?? Bucket(tokens: full, filled: now)
            bucket.tokens = min(full, bucket.tokens + (now - bucket.filled) / .seconds(1) * rate)
            bucket.filled = now
            defer { buckets[address] = bucket }
            guard bucket.tokens >= 1 else { return false }
            bucket.tokens -= 1
            return true
        }
    }

    static func isOwnMachine(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

    private static func forgetFull(_ buckets: inout [String: Bucket], _ rate: Double, _ now: ContinuousClock.Instant) {
        buckets = buckets.filter { now - $0.value.filled < .seconds(burstSeconds) }
        // More addresses in ten seconds than the table holds: a flood, which is better met with a clean slate.
        if buckets.count > addressLimit { buckets = [:] }
    }
}
