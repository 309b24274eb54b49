// SPDX-License-Identifier: AGPL-3.0-or-later
import COpenSSL
import Foundation

/// Time-based one-time codes (RFC 6238): HMAC-SHA-1, six digits, 30 seconds, as every authenticator app makes them.
public struct TOTP: Sendable, CustomStringConvertible {
    private let secret: [UInt8]

    public init(secret: [UInt8]) { self.secret = secret }

    public var description: String { "TOTP(…)" }

    /// 160 random bits, the length that RFC 4226 (section 4) recommends.
    public static func newSecret() -> [UInt8] { RandomBytes.get(20) }

    /// The code for a moment in seconds since 1970.
    public func code(at seconds: Int64) -> String { code(step: seconds / 30) }

    /// Checks a code against the present step, the one before and the one after.
    ///
    /// - Parameter last: the step of the code that was used last; it and those before don't count again.
    /// - Returns: the step of the code; nil when it is wrong or used.
    public func verify(_ code: String, at seconds: Int64, after last: Int64?) -> Int64? {
        let digits = code.filter { $0.isASCII && $0.isNumber }
        guard digits.count == 6 else { return nil }
        let now = seconds / 30
        return (now - 1...now + 1).first { step in
            step > last ?? .min && Digest.areEqual(Array(self.code(step: step).utf8), Array(digits.utf8))
        }
    }

    /// The address that an authenticator app reads from the QR code.
    public func uri(issuer: String, account: String) -> String {
        func escaped(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        }
        return "otpauth://totp/\(escaped(issuer)):\(escaped(account))"
            + "?secret=\(Base32.encode(secret))&issuer=\(escaped(issuer))&algorithm=SHA1&digits=6&period=30"
    }

    /// The secret as people type it, in groups of four.
    public var readableSecret: String {
        let text = Array(Base32.encode(secret))
        return stride(from: 0, to: text.count, by: 4)
            .map { String(text[$0..<min($0 + 4, text.count)]) }.joined(separator: " ")
    }

    /// HOTP (RFC 4226, section 5.3) over the step as a big-endian number.
    private func code(step: Int64) -> String {
        let message = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        var mac = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 20
        HMAC(EVP_sha1(), secret, Int32(secret.count), message, message.count, &mac, &length)
        let offset = Int(mac[19] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}

/// Base 32 (RFC 4648, section 6) without padding.
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = (buffer << 8 | UInt32(byte)) & 0xffff
            bits += 8
            while bits >= 5 {
                text.append(alphabet[Int(buffer >> UInt32(bits - 5)) & 31])
                bits -= 5
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits)) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; nil when it holds anything but the alphabet, spaces and padding.
    public static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for character in text.uppercased().utf8 where character != UInt8(ascii: " ") && character != UInt8(ascii: "=") {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = (buffer << 5 | UInt32(value)) & 0xffff
            bits += 5
            if bits >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits - 8)))
                bits -= 8
            }
        }
        return bytes
    }
}
