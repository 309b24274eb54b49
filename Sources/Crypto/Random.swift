// SPDX-License-Identifier: AGPL-3.0-or-later
import CSodium

/// Starts libsodium once; every use of it goes through here.
enum Sodium {
    static let isReady: Void = {
        // -1 means that the library found no source of random numbers: nothing safe can be done without one.
        precondition(sodium_init() >= 0, "libsodium does not start")
    }()
}

/// Bytes from the system's source of random numbers.
public enum RandomBytes {
    public static func get(_ count: Int) -> [UInt8] {
        _ = Sodium.isReady
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let start = buffer.baseAddress { randombytes_buf(start, count) }
            initialized = count
        }
    }
}

/// SHA-256 (FIPS 180-4) and what goes with digests.
public enum Digest {
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        _ = Sodium.isReady
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return digest
    }

    public static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Compares in a time that doesn't depend on where the first difference is.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sodium_memcmp(left, right, left.count) == 0
    }
}

/// A commitment to a text: the journal holds the digest, the nonce lies beside the text and is erased with it, so
/// that even a short text can't be guessed from the digest later.
public enum Commitment {
    public static func make(_ text: String) -> (nonce: [UInt8], digest: [UInt8]) {
        let nonce = RandomBytes.get(16)
        return (nonce, digest(text, nonce: nonce))
    }

    /// SHA-256 over the nonce (16 bytes) and the text in UTF-8.
    public static func digest(_ text: String, nonce: [UInt8]) -> [UInt8] {
        Digest.sha256(nonce + Array(text.utf8))
    }
}
