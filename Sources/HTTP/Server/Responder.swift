// SPDX-License-Identifier: AGPL-3.0-or-later

/// The floor above: it decides what a request may bring and how it is answered.
public protocol Responder: Sendable {
    /// The fast path for GET and HEAD: an answer that is already built, if there is one. Asked before anything else.
    func prepared(for head: RequestHead) -> PreparedResponse?

    /// Whether a request may go on, and what body it may have. Asked before the body is read.
    func admit(_ head: RequestHead) -> Admission

    /// Answers a whole request. Runs on the connection's own thread for as long as it doesn't suspend.
    func respond(to request: Request) async -> Response

    /// The answer to a problem that the server has found, in the reader's language.
    func refusal(_ problem: HTTPProblem, for head: RequestHead?) -> Response
}

/// What becomes of a request whose head has been read.
public enum Admission: Sendable {
    case accept(BodyPolicy)
    case refuse(HTTPProblem)
}

/// One line of the access log. It has no query, which may hold what somebody searched for.
public struct AccessLine: Sendable {
    public let address: String
    public let method: String
    public let path: String
    public let status: Int
    /// The length of the answer's body; 0 for streams.
    public let bytes: Int
    public let duration: Duration
    let run: String
    let number: UInt64

    /// What `Request.id` is.
    public var id: String { "\(run)-\(number)" }
}
