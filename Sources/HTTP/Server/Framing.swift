// SPDX-License-Identifier: AGPL-3.0-or-later

/// How long the body of a request is (RFC 9112, section 6.3).
enum Framing: Equatable {
    case none
    case announced(Int)
    case chunked
    /// Two readers could disagree where the body ends, so that the rest could pass for another request.
    case ambiguous

    static func of(_ head: RequestHead) -> Framing {
        guard head.raw("Transfer-Encoding") != nil || head.raw("Content-Length") != nil else { return .none }
        let headers = head.headers()
        let lengths = headers.all("Content-Length")
        let codings = headers.all("Transfer-Encoding")
        guard lengths.count + codings.count == 1 else { return .ambiguous }
        if let coding = codings.first { return coding.lowercased() == "chunked" ? .chunked : .ambiguous }
        // libmicrohttpd has refused what is not a number that fits.
        guard let length = lengths.first.flatMap({ Int($0) }), length >= 0 else { return .ambiguous }
        return length == 0 ? .none : .announced(length)
    }
}
