// SPDX-License-Identifier: AGPL-3.0-or-later
import CSodium

/// Opaque random tokens: sessions, known browsers, steps of a sign-in.
public enum Token {
    /// 256 random bits in base64url (RFC 4648, section 5) without padding.
    public static func random(bytes: Int = 32) -> String {
        let raw = RandomBytes.get(bytes)
        let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes, variant))
        sodium_bin2base64(&text, text.count, raw, raw.count, variant)
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What is stored of a token. A plain SHA-256 does: there is nothing to guess in 256 random bits.
    public static func digest(_ token: String) -> [UInt8] { Digest.sha256(Array(token.utf8)) }
}

/// Recovery codes: ten characters in two groups, without those that are mistaken for each other.
public enum RecoveryCode {
    private static let alphabet = Array("23456789abcdefghjkmnpqrstuvwxyz")

    /// About 49 random bits, such as `k7mpq-x2h9d`.
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<10).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        return String(characters[..<5]) + "-" + String(characters[5...])
    }

    /// What is stored of a code; case, spaces and dashes don't matter.
    public static func digest(_ code: String) -> [UInt8] {
        Digest.sha256(Array(("recovery:" + code.lowercased().filter { $0.isLetter || $0.isNumber }).utf8))
    }
}
