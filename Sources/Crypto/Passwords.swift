// SPDX-License-Identifier: AGPL-3.0-or-later
import CSodium
import Workers

/// Password hashes: Argon2id (RFC 9106) in libsodium's text form, which carries its own cost and salt.
public struct Passwords: Sendable {
    /// How much work a hash is.
    public struct Cost: Sendable {
        let operations: UInt64
        let memory: Int

        /// 2 passes over 64 MiB: libsodium's interactive cost.
        public static let interactive = Cost(operations: 2, memory: 64 << 20)
        /// The least that libsodium takes, for tests that are not about passwords.
        public static let test = Cost(operations: 1, memory: 8192)
    }

    private let pool: WorkerPool
    private let cost: Cost

    /// - Parameter pool: as many threads as hashes may run at once; each takes the cost's memory.
    public init(pool: WorkerPool, cost: Cost = .interactive) {
        _ = Sodium.isReady
        self.pool = pool
        self.cost = cost
    }

    public func hash(_ password: String) async throws -> String {
        try await pool.run { [cost] in try Self.hash(password, cost) }
    }

    public func verify(_ password: String, _ hash: String) async throws -> Bool {
        try await pool.run {
            let bytes = password.utf8.map { CChar(bitPattern: $0) }
            return crypto_pwhash_str_verify(hash, bytes, UInt64(bytes.count)) == 0
        }
    }

    /// Takes as long as a real check, so that an answer's time doesn't tell whether a name exists.
    public func wasteTime() async throws {
        _ = try await hash("nobody's password")
    }

    /// True for a hash that was made at another cost.
    public func needsRehash(_ hash: String) -> Bool {
        crypto_pwhash_str_needs_rehash(hash, cost.operations, cost.memory) != 0
    }

    private static func hash(_ password: String, _ cost: Cost) throws(CryptoProblem) -> String {
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let bytes = password.utf8.map { CChar(bitPattern: $0) }
        let code = crypto_pwhash_str(&text, bytes, UInt64(bytes.count), cost.operations, cost.memory)
        guard code == 0 else { throw .outOfMemory }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What can go wrong with keys and sealed values.
public enum CryptoProblem: Error, Equatable, Sendable {
    case outOfMemory
    /// The sealed bytes were not sealed with a key of ours, or not for this place.
    case notOurs
    /// The key file is unreadable, too short, or readable by others; says which and what to do.
    case keyFile(String)
}
