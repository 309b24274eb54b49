// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Foundation
import Synchronization

/// One request and its answer. Retained from the request line until libmicrohttpd says that the request has
/// completed.
///
/// `@unchecked Sendable`: `state` is in a lock; everything else is touched by the connection's own thread only.
final class Exchange: @unchecked Sendable {
    /// The path and query as they were sent; nil when they are not UTF-8.
    let target: String?
    let connection: ParkedConnection
    let client: Client?
    let number: UInt64
    let started = ContinuousClock.now
    let state = Mutex(ExchangeState())
    var head: RequestHead?
    var policy = BodyPolicy.none
    var spool: Spool?
    /// The body's bytes so far, kept or not.
    var received = 0
    var problem: HTTPProblem?
    /// A finished response, found with the head and queued at the request's end: one queued before that makes
    /// libmicrohttpd close the connection.
    var prepared: PreparedResponse?
    var status = 0
    /// The length of the answer's body.
    var sent = 0
    var stream: EventStream?

    init(target: String?, connection: OpaquePointer, client: Client?, number: UInt64) {
        self.target = target
        self.connection = ParkedConnection(pointer: connection)
        self.client = client
        self.number = number
    }

    /// Takes the answer from the task, on whatever thread it ended.
    func finish(_ response: Response) {
        state.withLock { state in
            // Resumed under the lock: the completed-callback takes it too, so the connection is still there.
            if state.finish(response) { MHD_resume_connection(connection.pointer) }
        }
    }

    /// Puts the body together under the route's policy.
    func request(id: String) throws(HTTPProblem) -> Request {
        guard let head else { throw .badRequest("no head") }
        let headers = head.headers()
        guard headers.all("Host").count < 2 else { throw .badRequest("two hosts") }
        let query: Form
        if let mark = head.target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            query = try Form.decode(urlEncoded: head.target.utf8[head.target.utf8.index(after: mark)...])
        } else {
            query = Form()
        }
        return Request(
            method: head.method, path: head.path, target: head.target, query: query, headers: headers,
            cookies: headers["Cookie"].map(Cookie.parse) ?? [:], address: head.address, isSecure: head.isSecure,
            id: id, body: try body(type: headers["Content-Type"] ?? ""))
    }

    private func body(type: String) throws(HTTPProblem) -> Request.Body {
        guard let spool, spool.count > 0 else {
            return switch policy {
            case .form, .multipart: .form(Form())
            case .none, .json, .bytes: .none
            }
        }
        guard policy.accepts(type) else { throw .unsupportedMediaType }
        if case .bytes = policy { return .whole(spool) }
        guard HeaderParameter.isUTF8(type) else { throw .malformedEncoding }
        switch policy {
        case .none, .bytes: return .none
        case .json: return .whole(spool)
        case .multipart(_, let fileLimit) where type.lowercased().hasPrefix("multipart/"):
            return .form(try Multipart(spool: spool, contentType: type, fileLimit: fileLimit).form())
        case .form, .multipart: return .form(try Form.decode(urlEncoded: spool.all()))
        }
    }
}
