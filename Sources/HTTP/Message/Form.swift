// SPDX-License-Identifier: AGPL-3.0-or-later

/// The fields of a form or of a query, in their order.
public struct Form: Sendable {
    public private(set) var pairs: [(name: String, value: String)]
    private var uploads: [(name: String, upload: Upload)] = []
    static let fieldLimit = 1000

    public init(_ pairs: [(String, String)] = []) {
        self.pairs = pairs.map { (name: $0.0, value: $0.1) }
    }

    /// The first value of a field.
    public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The first value of a field without white space around it; empty when there is none.
    public func text(_ name: String) -> String {
        guard let value = self[name] else { return "" }
        return String(value.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Every value of a field.
    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// The file that was chosen in a field; nil when none was.
    public func upload(_ name: String) -> Upload? { uploads.first { $0.name == name }?.upload }

    mutating func add(_ name: String, _ value: String) throws(HTTPProblem) {
        guard pairs.count < Self.fieldLimit else { throw .badRequest("too many fields") }
        pairs.append((name, value))
    }

    mutating func add(_ name: String, _ upload: Upload) throws(HTTPProblem) {
        guard uploads.count < 50 else { throw .badRequest("too many files") }
        // Browsers send an empty part for a file field in which nothing was chosen.
        if upload.size > 0 || !upload.fileName.isEmpty { uploads.append((name, upload)) }
    }

    /// Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5.1), strictly.
    static func decode(urlEncoded bytes: some Collection<UInt8>) throws(HTTPProblem) -> Form {
        var form = Form()
        for field in bytes.split(separator: UInt8(ascii: "&")) {
            let halves = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try PercentEncoding.decode(halves[0], plusIsSpace: true)
            try form.add(name, halves.count > 1 ? PercentEncoding.decode(halves[1], plusIsSpace: true) : "")
        }
        return form
    }
}

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
        guard !decoded.contains(0), let text = String(validating: decoded, as: UTF8.self) else {
            throw .malformedEncoding
        }
        return text
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
