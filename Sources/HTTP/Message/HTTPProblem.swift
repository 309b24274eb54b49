// SPDX-License-Identifier: AGPL-3.0-or-later

/// What is wrong with a request, or with the server just now. The floor above finds the words for it.
public enum HTTPProblem: Error, Sendable, Equatable {
    case badRequest(String)
    /// Percent-encoding or text that is not UTF-8.
    case malformedEncoding
    case forbidden
    case notFound
    case methodNotAllowed([Method])
    case payloadTooLarge(limit: Int)
    case headersTooLarge
    case unsupportedMediaType
    case tooManyRequests(retryAfter: Int)
    case unavailable(retryAfter: Int)

    /// The status code (RFC 9110, section 15; 429 and 431 in RFC 6585).
    public var status: Int {
        switch self {
        case .badRequest, .malformedEncoding: 400
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .payloadTooLarge: 413
        case .headersTooLarge: 431
        case .unsupportedMediaType: 415
        case .tooManyRequests: 429
        case .unavailable: 503
        }
    }
}
