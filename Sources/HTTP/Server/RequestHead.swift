// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD

/// What is known of a request before its body. It reads libmicrohttpd's own memory and lives only as long as the
/// callback that made it: it is not Sendable.
public final class RequestHead {
    public let method: Method
    /// The path, percent-decoded.
    public let path: String
    /// The path and query as they were sent.
    public let target: String
    /// The client's address; the forwarded one when the request came through a trusted proxy.
    public private(set) var address: String
    /// True when a trusted proxy says that the client came over TLS.
    public private(set) var isSecure = false
    private let connection: OpaquePointer

    init(
        method: Method, path: String, target: String, peer: String, trusted: Set<String>, connection: OpaquePointer
    ) {
        self.method = method
        self.path = path
        self.target = target
        self.connection = connection
        address = peer
        guard trusted.contains(peer) else { return }
        address = Address.forwarded(header("X-Forwarded-For"), peer: peer, trusted: trusted)
        isSecure = header("X-Forwarded-Proto") == "https"
    }

    /// The first header of a name.
    public func header(_ name: StaticString) -> String? {
        raw(name).map { String(cString: $0) }
    }

    /// A cookie's value.
    public func cookie(_ name: String) -> String? {
        guard let header = raw("Cookie") else { return nil }
        return Cookie.parse(String(cString: header))[name]
    }

    func raw(_ name: StaticString) -> UnsafePointer<CChar>? {
        name.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                MHD_lookup_connection_value(connection, .HEADER_KIND, $0.baseAddress)
            }
        }
    }

    /// Every header, copied.
    func headers() -> Headers {
        var headers = Headers()
        withUnsafeMutablePointer(to: &headers) { pointer in
            _ = MHD_get_connection_values(
                connection, .HEADER_KIND,
                { context, _, name, value in
                    guard let name, let value, let context else { return .YES }
                    context.assumingMemoryBound(to: Headers.self).pointee
                        .add(String(cString: name), String(cString: value))
                    return .YES
                }, pointer)
        }
        return headers
    }
}
