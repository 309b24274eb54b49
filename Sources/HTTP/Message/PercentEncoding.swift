// SPDX-License-Identifier: AGPL-3.0-or-later

/// Percent-encoding (RFC 3986, section 2.1), strictly: a bad escape or text that is not UTF-8 is refused, since two
/// readers of one request must not read it differently.
enum PercentEncoding {
    static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) throws(HTTPProblem) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw .malformedEncoding
                }
                decoded.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(UInt8(ascii: " "))
            default: decoded.append(byte)
            }
        }
        guard decoded.isText else { throw .malformedEncoding }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// The path of a request's target, decoded.
    static func path(of target: String) throws(HTTPProblem) -> String {
        let raw = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        guard raw.contains(UInt8(ascii: "%")) else { return String(Substring(raw)) }
        return try decode(raw, plusIsSpace: false)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension Collection<UInt8> {
    /// Whether this is UTF-8 without NUL, as every text that comes in must be.
    var isText: Bool { !contains(0) && String(validating: self, as: UTF8.self) != nil }
}
