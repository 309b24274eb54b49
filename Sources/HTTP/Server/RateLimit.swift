// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// A token bucket for each client.
final class RateLimit: Sendable {
    private struct Bucket {
        var tokens: Double
        var filled: ContinuousClock.Instant
    }

    private let rate: Double
    private let limitsOwnMachine: Bool
    private let buckets = Mutex<[String: Bucket]>([:])
    private static let burstSeconds = 10.0
    private static let addressLimit = 100_000

    /// - Parameter perSecond: 0 for no limit.
    init(perSecond: Int, limitsOwnMachine: Bool = false) {
        rate = Double(perSecond)
        self.limitsOwnMachine = limitsOwnMachine
    }

    /// Takes a token.
    ///
    /// - Returns: nil when there was one; otherwise the seconds until there is.
    func wait(_ address: String, at now: ContinuousClock.Instant = .now) -> Int? {
        guard rate > 0, limitsOwnMachine || !Address.isOwnMachine(address) else { return nil }
        let group = Address.group(address)
        return buckets.withLock { buckets in
            if buckets.count > Self.addressLimit { Self.forgetFull(&buckets, rate, now) }
            let full = rate * Self.burstSeconds
            var bucket = buckets[group] ?? Bucket(tokens: full, filled: now)
            bucket.tokens = min(full, bucket.tokens + (now - bucket.filled) / .seconds(1) * rate)
            bucket.filled = now
            defer { buckets[group] = bucket }
            guard bucket.tokens >= 1 else { return max(1, Int(((1 - bucket.tokens) / rate).rounded(.up))) }
            bucket.tokens -= 1
            return nil
        }
    }

    private static func forgetFull(_ buckets: inout [String: Bucket], _ rate: Double, _ now: ContinuousClock.Instant) {
        buckets = buckets.filter { now - $0.value.filled < .seconds(burstSeconds) }
        // More addresses in ten seconds than the table holds: a flood, which is better met with a clean slate.
        if buckets.count > addressLimit { buckets = [:] }
    }
}
