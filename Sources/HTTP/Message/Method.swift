// SPDX-License-Identifier: AGPL-3.0-or-later

/// The methods that a route can have (RFC 9110, section 9).
public enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// The method under which a route is looked up: HEAD is answered as GET without a body.
    public var lookup: Method { self == .head ? .get : self }
}
