// SPDX-License-Identifier: AGPL-3.0-or-later

/// Entity tags (RFC 9110, section 8.8.3).
enum ETag {
    /// A weak tag: the gzip form and the plain one are the same page.
    static func of(_ bytes: [UInt8]) -> String {
        // FNV-1a in two independent lanes of eight bytes at a time: 128 bits, no protection against intent, which a
        // tag over our own pages doesn't need.
        var first: UInt64 = 0xcbf2_9ce4_8422_2325
        var second: UInt64 = 0x9e37_79b9_7f4a_7c15
        bytes.withUnsafeBytes { raw in
            let words = raw.count / 8
            for index in 0..<words {
                let word = raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
                first = (first ^ word) &* 0x100_0000_01b3
                second = ((second ^ word) &* 0x9fb2_1c65_1e98_df25) ^ (second >> 29)
            }
            for byte in raw[(words * 8)...] {
                first = (first ^ UInt64(byte)) &* 0x100_0000_01b3
                second = (second &+ UInt64(byte)) &* 0x9fb2_1c65_1e98_df25
            }
        }
        first ^= UInt64(bytes.count)
        return "W/\"\(String(first, radix: 36))\(String(second, radix: 36))\""
    }

    /// Whether an `If-None-Match` header names the tag (RFC 9110, section 13.1.2: by weak comparison).
    static func matches(_ header: UnsafePointer<CChar>?, _ tag: String) -> Bool {
        guard let header else { return false }
        let text = String(cString: header)
        if text == tag { return true }
        func opaque(_ tag: some StringProtocol) -> String {
            tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : String(tag)
        }
        return text.split(separator: ",").contains { part in
            let candidate = part.drop { $0 == " " }
            return candidate == "*" || opaque(candidate) == opaque(tag)
        }
    }
}
