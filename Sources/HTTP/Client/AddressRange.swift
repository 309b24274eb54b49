// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// Tells public addresses from those that lead into our own network.
public enum AddressRange {
    /// True for an address on the open internet. Loopback, private, link-local, carrier-grade NAT, documentation,
    /// benchmarking, multicast and reserved ranges are not (IANA special-purpose registries, RFC 6890), nor are IPv6
    /// addresses that carry such an IPv4 address inside.
    public static func isPublic(_ text: String) -> Bool {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return isPublic(v4: UInt32(bigEndian: v4.s_addr)) }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return false }
        return isPublic(v6: withUnsafeBytes(of: &v6) { Array($0) })
    }

    private static let closed: [(UInt32, UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
        (0xAC10_0000, 12), (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16),
        (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4)
    ]

    private static func isPublic(v4: UInt32) -> Bool {
        !closed.contains { network, bits in v4 >> (32 - bits) == network >> (32 - bits) }
    }

    private static func isPublic(v6 bytes: [UInt8]) -> Bool {
        func inside(_ start: Int) -> UInt32 { bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        // IPv4 mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96) count as what they carry; 6to4 and Teredo not at all.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return isPublic(v4: inside(12))
        }
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return isPublic(v4: inside(12)) }
        // Everything that is handed out lies in 2000::/3.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        let isTunnel = bytes.starts(with: [0x20, 0x02]) || bytes.starts(with: [0x20, 0x01, 0, 0])
        let isDocumentation = bytes.starts(with: [0x20, 0x01, 0x0D, 0xB8]) || bytes.starts(with: [0x3F, 0xFF])
        return !isTunnel && !isDocumentation
    }
}
