// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// Reads `multipart/form-data` (RFC 7578) from a whole body. Files stay where the body lies; only text is copied.
struct Multipart {
    private let spool: Spool
    private let boundary: [UInt8]
    private let fileLimit: Int
    private static let partLimit = 1050
    private static let headLimit = 4096
    private static let lineEnd = Array("\r\n".utf8)
    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let dashes = Array("--".utf8)

    init(spool: Spool, contentType: String, fileLimit: Int = .max) throws(HTTPProblem) {
        guard let boundary = HeaderParameter.find("boundary", in: contentType),
            !boundary.isEmpty, boundary.utf8.count <= 70
        else { throw .badRequest("multipart without a boundary") }
        self.spool = spool
        self.boundary = Array("\r\n--\(boundary)".utf8)
        self.fileLimit = fileLimit
    }

    func form() throws(HTTPProblem) -> Form {
        try spool.withBytes { (body) throws(HTTPProblem) in try form(of: body) }
    }

    private func form(of body: UnsafeRawBufferPointer) throws(HTTPProblem) -> Form {
        var form = Form()
        // The first boundary has no line end before it.
        guard body.starts(with: boundary.dropFirst(2)) else { throw .badRequest("multipart without its boundary") }
        var place = boundary.count - 2
        for _ in 0..<Self.partLimit {
            if body[place...].starts(with: Self.dashes) { return form }
            guard body[place...].starts(with: Self.lineEnd) else { break }
            place += 2
            let headRoom = UnsafeRawBufferPointer(rebasing: body[place..<min(body.count, place + Self.headLimit)])
            // The line end before a boundary may be the one that ends the part's head: an empty part.
            guard let head = Self.find(Self.headEnd, in: headRoom, from: 0).map({ $0 + place }),
                let end = Self.find(boundary, in: body, from: head + 2)
            else { break }
            try read(head: body[place..<head], body, min(head + 4, end)..<end, into: &form)
            place = end + boundary.count
        }
        throw .badRequest("multipart that does not end")
    }

    private func read(
        head: Slice<UnsafeRawBufferPointer>, _ body: UnsafeRawBufferPointer, _ range: Range<Int>, into form: inout Form
    ) throws(HTTPProblem) {
        guard head.isText else { throw .malformedEncoding }
        var disposition = ""
        var type: String?
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = value
            case "content-type": type = value
            default: break
            }
        }
        guard let name = HeaderParameter.find("name", in: disposition) else {
            throw .badRequest("a part without a name")
        }
        if let fileName = HeaderParameter.find("filename", in: disposition) {
            guard range.count <= fileLimit else { throw .payloadTooLarge(limit: fileLimit) }
            let type = type ?? "application/octet-stream"
            try form.add(name, Upload(fileName: fileName, contentType: type, spool: spool, range: range))
        } else {
            guard body[range].isText, HeaderParameter.isUTF8(type ?? "") else { throw .malformedEncoding }
            try form.add(name, String(decoding: body[range], as: UTF8.self))
        }
    }

    private static func find(_ pattern: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var place = start
        while place + pattern.count <= bytes.count,
            let found = memchr(base + place, Int32(pattern[0]), bytes.count - pattern.count - place + 1)
        {
            place = UnsafeRawPointer(found) - base
            if memcmp(found, pattern, pattern.count) == 0 { return place }
            place += 1
        }
        return nil
    }
}

/// Parameters of header values, such as the boundary in `multipart/form-data; boundary=x`.
enum HeaderParameter {
    /// A parameter, quoted or not: browsers write `%22` for a quote inside (WHATWG HTML, 4.10.22.8).
    static func find(_ name: String, in header: String) -> String? {
        var rest = header[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            let value: Substring
            if rest.first == "\"" {
                rest = rest.dropFirst()
                guard let quote = rest.firstIndex(of: "\"") else { return nil }
                value = rest[..<quote]
                rest = rest[rest.index(after: quote)...]
            } else {
                value = rest.prefix { $0 != ";" && $0 != " " }
                rest = rest[value.endIndex...]
            }
            if key == name { return String(value.replacing("%22", with: "\"")) }
        }
        return nil
    }

    /// Whether a content type leaves the text as UTF-8. Another charset is refused rather than guessed at.
    static func isUTF8(_ contentType: String) -> Bool {
        guard let charset = find("charset", in: contentType)?.lowercased() else { return true }
        return ["utf-8", "utf8", "us-ascii"].contains(charset)
    }
}
