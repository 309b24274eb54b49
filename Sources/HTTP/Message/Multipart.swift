// SPDX-License-Identifier: AGPL-3.0-or-later

/// Reads `multipart/form-data` (RFC 7578) from a whole body.
struct Multipart {
    private let body: [UInt8]
    private let spool: Spool
    private let boundary: [UInt8]
    private static let partLimit = 1050
    private static let headLimit = 4096

    init(spool: Spool, contentType: String) throws(HTTPProblem) {
        guard let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty, boundary.utf8.count <= 70
        else { throw .badRequest("multipart without a boundary") }
        body = try spool.all()
        self.spool = spool
        self.boundary = Array("\r\n--\(boundary)".utf8)
    }

    func form() throws(HTTPProblem) -> Form {
        var form = Form()
        // The first boundary has no line end before it.
        guard body.starts(with: boundary.dropFirst(2)) else { throw .badRequest("multipart without its boundary") }
        var place = boundary.count - 2
        for _ in 0..<Self.partLimit {
            if body[place...].starts(with: Array("--".utf8)) { return form }
            guard body[place...].starts(with: Array("\r\n".utf8)) else { break }
            place += 2
            guard let headEnd = find(Array("\r\n\r\n".utf8), from: place, limit: Self.headLimit),
                let end = find(boundary, from: headEnd + 2, limit: .max)
            else { break }
            let start = min(headEnd + 4, end)
            try read(head: body[place..<headEnd], range: start..<end, into: &form)
            place = end + boundary.count
        }
        throw .badRequest("multipart that does not end")
    }

    private func read(head: ArraySlice<UInt8>, range: Range<Int>, into form: inout Form) throws(HTTPProblem) {
        guard let head = String(validating: head, as: UTF8.self) else { throw .malformedEncoding }
        var disposition = ""
        var type = "application/octet-stream"
        for line in head.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = value
            case "content-type": type = value
            default: break
            }
        }
        guard let name = Self.parameter("name", of: disposition) else { throw .badRequest("a part without a name") }
        if let fileName = Self.parameter("filename", of: disposition) {
            try form.add(name, Upload(fileName: fileName, contentType: type, spool: spool, range: range))
        } else {
            guard !body[range].contains(0), let text = String(validating: body[range], as: UTF8.self) else {
                throw .malformedEncoding
            }
            try form.add(name, text)
        }
    }

    private func find(_ pattern: [UInt8], from start: Int, limit: Int) -> Int? {
        let last = body.count - pattern.count
        guard start <= last else { return nil }
        return body.withUnsafeBufferPointer { bytes in
            var place = start
            while place <= last, place - start <= limit {
                if bytes[place] == pattern[0], (1..<pattern.count).allSatisfy({ bytes[place + $0] == pattern[$0] }) {
                    return place
                }
                place += 1
            }
            return nil
        }
    }

    /// A parameter of a header, quoted or not: browsers write `%22` for a quote inside (WHATWG HTML, 4.10.22.8).
    static func parameter(_ name: String, of header: String) -> String? {
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
}
