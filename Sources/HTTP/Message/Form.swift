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
