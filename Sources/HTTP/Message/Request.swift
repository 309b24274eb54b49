// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// A whole request.
public struct Request: Sendable {
    public let method: Method
    /// The path, percent-decoded.
    public let path: String
    /// The path and query as they were sent.
    public let target: String
    public let query: Form
    public let headers: Headers
    public let cookies: [String: String]
    /// The client's address; the forwarded one when the request came through a trusted proxy.
    public let address: String
    /// True when a trusted proxy says that the client came over TLS.
    public let isSecure: Bool
    /// A number to find the request by in the log.
    public let id: String
    let body: Body

    enum Body: Sendable {
        case none
        case form(Form)
        case whole(Spool)
    }

    /// The form that was submitted.
    ///
    /// - Throws: `HTTPProblem.badRequest` when the request has none.
    public func form() throws(HTTPProblem) -> Form {
        guard case .form(let form) = body else { throw .badRequest("the request has no form") }
        return form
    }

    /// The body as it came, under the policies `json` and `bytes`; empty when there is none.
    public func bytes() throws(HTTPProblem) -> [UInt8] {
        guard case .whole(let spool) = body else { return [] }
        return try spool.all()
    }

    /// The JSON that was sent.
    public func json<T: Decodable>(_ type: T.Type) throws(HTTPProblem) -> T {
        let bytes = try self.bytes()
        guard !bytes.isEmpty else { throw .badRequest("the request has no JSON") }
        // Foundation would also take UTF-16 and UTF-32, which RFC 8259 (section 8.1) rules out.
        guard bytes.isText else { throw .malformedEncoding }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .badRequest("the JSON does not fit")
        }
    }
}
