// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// Addresses between sockets and text.
enum Address {
    static func text(_ address: UnsafePointer<sockaddr>?) -> String {
        guard let address else { return "" }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                var raw = pointer.pointee.sin_addr
                inet_ntop(AF_INET, &raw, &buffer, socklen_t(buffer.count))
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                var raw = pointer.pointee.sin6_addr
                inet_ntop(AF_INET6, &raw, &buffer, socklen_t(buffer.count))
            }
        default: return ""
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Who counts as one client: an IPv4 address, or the network of an IPv6 address, since whoever has one of those
    /// has 2^64 of them.
    static func group(_ text: String) -> String {
        var v6 = in6_addr()
        guard text.contains(":"), inet_pton(AF_INET6, text, &v6) == 1 else { return text }
        return withUnsafeBytes(of: v6) { bytes in
            bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ".") + "/64"
        }
    }

    static func isOwnMachine(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

    /// A socket address for an IPv4 or IPv6 address in text.
    static func withSocketAddress<T>(_ text: String, port: UInt16, _ body: (UnsafePointer<sockaddr>) -> T) -> T? {
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            return withUnsafePointer(to: &v4) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
            }
        }
        var v6 = sockaddr_in6()
        guard inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 else { return nil }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        return withUnsafePointer(to: &v6) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }

    /// The client behind a trusted proxy: the last address in `X-Forwarded-For` that is not itself a trusted proxy.
    static func forwarded(_ header: String?, peer: String, trusted: Set<String>) -> String {
        guard trusted.contains(peer), let header else { return peer }
        let hops = header.split(separator: ",").map { $0.filter { $0 != " " } }
        let client = hops.last { !trusted.contains($0) } ?? peer
        var v4 = in_addr()
        var v6 = in6_addr()
        let isAddress = inet_pton(AF_INET, client, &v4) == 1 || inet_pton(AF_INET6, client, &v6) == 1
        return isAddress ? client : peer
    }
}
