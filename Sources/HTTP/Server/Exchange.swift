// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Foundation
import Synchronization

/// One request and its answer. Retained from the request line until libmicrohttpd says that the request has
/// completed.
///
/// `@unchecked Sendable`: `state` is in a lock; everything else is touched by the connection's own thread only.
final class Exchange: @unchecked Sendable {
    let target: String
    let connection: ParkedConnection
    let client: Client?
    let started = ContinuousClock.now
    let state = Mutex(ExchangeState())
    var head: RequestHead?
    var policy = BodyPolicy.none
    var spool: Spool?
    var problem: HTTPProblem?
    /// A finished response, found with the head and queued at the request's end: one queued before that makes
    /// libmicrohttpd close the connection.
    var prepared: PreparedResponse?
    var status = 0
    var stream: EventStream?

    init(target: String, connection: OpaquePointer, client: Client?) {
        self.target = target
        self.connection = ParkedConnection(pointer: connection)
        self.client = client
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
        let query: Form
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            query = try Form.decode(urlEncoded: target.utf8[target.utf8.index(after: mark)...])
        } else {
            query = Form()
        }
        return Request(
            method: head.method, path: head.path, target: target, query: query, headers: headers,
            cookies: headers["Cookie"].map(Cookie.parse) ?? [:], address: head.address, id: id,
            body: try body(type: headers["Content-Type"] ?? ""))
    }

    private func body(type: String) throws(HTTPProblem) -> Request.Body {
        guard let spool, spool.count > 0 else {
            return if case .none = policy { .none } else { .form(Form()) }
        }
        guard policy.accepts(type) else { throw .unsupportedMediaType }
        switch policy {
        case .none: return .none
        case .json: return .json(spool)
        case .form: return .form(try Form.decode(urlEncoded: spool.all()))
        case .multipart:
            return type.lowercased().hasPrefix("multipart/")
                ? .form(try Multipart(spool: spool, contentType: type).form())
                : .form(try Form.decode(urlEncoded: spool.all()))
        }
    }
}
