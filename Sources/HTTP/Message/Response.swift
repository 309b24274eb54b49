// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// What a request is answered with.
public struct Response: Sendable {
    public var status: Int
    public var headers: Headers
    var body: Body

    enum Body: Sendable {
        case bytes([UInt8])
        case file(path: String)
        case events(EventStream)
        case prepared(PreparedResponse)
    }

    init(status: Int, headers: Headers = Headers(), body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public static func html(_ bytes: [UInt8], status: Int = 200) -> Response {
        Response(status: status, headers: ["Content-Type": "text/html; charset=utf-8"], body: .bytes(bytes))
    }

    public static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: status, headers: ["Content-Type": type], body: .bytes(Array(text.utf8)))
    }

    public static func bytes(_ bytes: [UInt8], type: String) -> Response {
        Response(status: 200, headers: ["Content-Type": type], body: .bytes(bytes))
    }

    /// JSON with sorted keys, so that the same value has the same ETag.
    public static func json(_ value: some Encodable, status: Int = 200) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Response(
            status: status, headers: ["Content-Type": "application/json; charset=utf-8"],
            body: .bytes([UInt8](try encoder.encode(value))))
    }

    /// Sends the reader on; 303 makes it a GET whatever came before.
    public static func redirect(to place: String, status: Int = 303) -> Response {
        Response(status: status, headers: ["Location": place], body: .bytes([]))
    }

    /// A file, with ranges (RFC 9110, section 14).
    public static func file(_ path: String, type: String) -> Response {
        Response(status: 200, headers: ["Content-Type": type, "Accept-Ranges": "bytes"], body: .file(path: path))
    }

    /// Nothing but a status.
    public static func empty(status: Int = 204) -> Response { Response(status: status, body: .bytes([])) }

    /// Server-sent events (WHATWG HTML, section 9.2).
    public static func events(_ stream: EventStream) -> Response {
        let headers: Headers = [
            "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"
        ]
        return Response(status: 200, headers: headers, body: .events(stream))
    }

    public static func prepared(_ response: PreparedResponse) -> Response {
        Response(status: response.status, body: .prepared(response))
    }

    public mutating func setCookie(_ cookie: Cookie) { headers.add("Set-Cookie", cookie.header) }

    /// The same response, built once to be served many times.
    public func prepared() -> PreparedResponse {
        switch body {
        case .bytes(let bytes): PreparedResponse(status: status, headers: headers, body: bytes)
        case .prepared(let response): response
        case .file, .events: preconditionFailure("only responses that lie in memory can be prepared")
        }
    }
}
