// SPDX-License-Identifier: AGPL-3.0-or-later
import CSodium

/// Seals personal data for its column: XChaCha20-Poly1305 with the city's key.
///
/// A sealed value is bound to its place by `context`, so that one person's value can't be moved to another's row.
/// The first byte names the algorithm, so that a force that must can use another one later.
public struct Sealer: Sendable, CustomStringConvertible {
    private let key: [UInt8]
    private static let algorithm: UInt8 = 1

    /// - Parameter key: 32 bytes.
    public init(key: [UInt8]) {
        _ = Sodium.isReady
        precondition(key.count == Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES))
        self.key = key
    }

    public var description: String { "Sealer(…)" }

    /// Seals a text. Shape: algorithm (1 byte), nonce (24), ciphertext and tag (16).
    public func seal(_ text: String, context: String) -> [UInt8] {
        let plain = Array(text.utf8)
        let place = Array(context.utf8)
        let nonce = RandomBytes.get(Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES))
        var sealed = [UInt8](repeating: 0, count: plain.count + Int(crypto_aead_xchacha20poly1305_ietf_ABYTES))
        crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, nil, plain, UInt64(plain.count), place, UInt64(place.count), nil, nonce, key)
        return [Self.algorithm] + nonce + sealed
    }

    /// Opens what `seal` made for the same context.
    public func open(_ sealed: [UInt8], context: String) throws(CryptoProblem) -> String {
        let nonceEnd = 1 + Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
        let overhead = nonceEnd + Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
        guard sealed.count >= overhead, sealed[0] == Self.algorithm else { throw .notOurs }
        let place = Array(context.utf8)
        let nonce = Array(sealed[1..<nonceEnd])
        let body = Array(sealed[nonceEnd...])
        var plain = [UInt8](repeating: 0, count: sealed.count - overhead)
        let code = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plain, nil, nil, body, UInt64(body.count), place, UInt64(place.count), nonce, key)
        guard code == 0 else { throw .notOurs }
        return String(decoding: plain, as: UTF8.self)
    }
}
