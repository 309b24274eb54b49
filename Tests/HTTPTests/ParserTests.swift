// SPDX-License-Identifier: AGPL-3.0-or-later
import Testing

@testable import HTTP

@Suite("Parsers against input that nobody would write")
struct ParserTests {
    @Test("whatever text a form holds comes back as it was, and noise is refused or read, never worse")
    func formsSurvive() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2000 {
            let pairs = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                (Self.text(&random), Self.text(&random))
            }
            let encoded = pairs.map { "\(Self.encode($0.0))=\(Self.encode($0.1))" }.joined(separator: "&")
            let form = try Form.decode(urlEncoded: Array(encoded.utf8))
            #expect(form.pairs.map(\.name) == pairs.map(\.0))
            #expect(form.pairs.map(\.value) == pairs.map(\.1))
            let noise = Self.noise(of: "a=&%+;\u{0}4Gf", length: 30, &random)
            do throws(HTTPProblem) {
                for pair in try Form.decode(urlEncoded: noise).pairs { #expect(!pair.value.utf8.contains(0)) }
            } catch {
                #expect(error.status == 400)
            }
        }
    }

    @Test("a form with a thousand and one fields is refused")
    func limitsFields() {
        let many = Array(repeating: "a=1", count: 1001).joined(separator: "&")
        #expect(throws: HTTPProblem.self) { try Form.decode(urlEncoded: Array(many.utf8)) }
    }

    @Test("multipart with one byte changed, cut or doubled anywhere is read or refused with 400")
    func multipartSurvives() throws {
        let whole = Array(
            """
            --b\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--b\r\n\
            Content-Disposition: form-data; name="f"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n\
            \u{1}\r\n--\r\n-b\r\n--b\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n--b--\r\n
            """.utf8)
        let form = try Self.multipart(whole)
        #expect(form["a"] == "one")
        #expect(form["empty"] == "")
        #expect(try form.upload("f")?.bytes() == Array("\u{1}\r\n--\r\n-b".utf8))
        var random = SeededRandom(seed: 2)
        for place in whole.indices {
            var changed = whole
            changed[place] = UInt8.random(in: 0...255, using: &random)
            for broken in [changed, Array(whole[..<place]), Array(whole[..<place] + whole[(place / 2)...])] {
                do throws(HTTPProblem) { _ = try Self.multipart(broken) } catch { #expect(error.status == 400) }
            }
        }
    }

    @Test("multipart with too many parts, too long a head or without a boundary is refused")
    func limitsParts() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
        let many = String(repeating: part, count: 1001) + "--b--"
        #expect(throws: HTTPProblem.self) { try Self.multipart(Array(many.utf8)) }
        let long = "--b\r\nX: \(String(repeating: "x", count: 5000))\r\n\r\n1\r\n--b--"
        #expect(throws: HTTPProblem.self) { try Self.multipart(Array(long.utf8)) }
        #expect(throws: HTTPProblem.self) { try Self.multipart(Array(part.utf8), type: "multipart/form-data") }
    }

    @Test("text in another encoding than UTF-8 is refused in a form's parts as elsewhere")
    func refusesOtherCharsets() {
        let head = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n"
        let named = Array((head + "Content-Type: text/plain; charset=gbk\r\n\r\nx\r\n--b--").utf8)
        #expect(throws: HTTPProblem.malformedEncoding) { try Self.multipart(named) }
        let silent = Array((head + "\r\n").utf8) + [0xc4, 0xe3] + Array("\r\n--b--".utf8)
        #expect(throws: HTTPProblem.malformedEncoding) { try Self.multipart(silent) }
    }

    @Test("a range is always within the file")
    func rangesFit() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<5000 {
            let size = Int.random(in: 0...100, using: &random)
            let header =
                "bytes=" + String(decoding: Self.noise(of: "0123456789--, ", length: 8, &random), as: UTF8.self)
            if case .part(let range) = ByteRange.parse(header, size: size) {
                #expect(!range.isEmpty)
                #expect(range.lowerBound >= 0 && range.upperBound <= size)
            }
        }
        #expect(ByteRange.parse("bytes=99999999999999999999-", size: 10) == .whole)
        #expect(ByteRange.parse("bytes=0-\(Int.max)", size: 10) == .part(0..<10))
        #expect(ByteRange.parse("bytes=-\(Int.max)", size: 10) == .part(0..<10))
    }

    @Test("cookies are found among noise, and what is set comes back")
    func cookiesSurvive() {
        #expect(Cookie.parse("a=1; b=2;c=3 ; a=4; d; =5")["a"] == "1")
        #expect(Cookie.parse("a=1; b=2;c=3 ; a=4")["c"] == "3")
        var random = SeededRandom(seed: 4)
        for _ in 0..<2000 {
            let noise = String(decoding: Self.noise(of: "a=; \"\\,é", length: 20, &random), as: UTF8.self)
            _ = Cookie.parse(noise)
            let header = Cookie("s", noise + "\r\nSet-Cookie: x=y", maxAge: nil).header
            #expect(!header.contains("\r\n"))
            #expect(header.components(separatedBy: ";").count == 4)
        }
    }

    @Test("a path finds the handler whose pattern fits it, with the values in their places")
    func routesFit() throws {
        var router = Router<String>()
        let patterns = [
            "/", "/desks", "/desks/:id", "/desks/:id/edit", "/@:handle", "/@:handle/posts/:id", "/assets/*path"
        ]
        for pattern in patterns { router.add(.get, pattern, pattern) }
        var random = SeededRandom(seed: 5)
        for _ in 0..<2000 {
            let (id, name) = (Int.random(in: 0...99, using: &random), "n\(Int.random(in: 0...99, using: &random))")
            #expect(try Self.values(router, "/desks/\(id)/edit", "/desks/:id/edit") { try $0.get("id") } == "\(id)")
            #expect(try Self.values(router, "/@\(name)", "/@:handle") { try $0.get("handle") } == name)
            #expect(
                try Self.values(router, "/assets/\(name)/\(id)", "/assets/*path") { try $0.get("path") }
                    == "\(name)/\(id)")
            let noise = "/" + String(decoding: Self.noise(of: "//@a.desks:*", length: 12, &random), as: UTF8.self)
            _ = router.match(.get, noise)
        }
    }

    @Test("a more exact route without the method leaves the request to a less exact one")
    func routesFallBack() throws {
        var router = Router<String>()
        router.add(.post, "/desks/new", "create")
        router.add(.get, "/desks/:id", "show")
        router.add(.delete, "/desks/:id", "remove")
        #expect(try Self.values(router, "/desks/new", "show") { try $0.get("id") } == "new")
        guard case .methodNotAllowed(let methods) = router.match(.put, "/desks/new") else {
            Issue.record("PUT was not refused")
            return
        }
        #expect(Set(methods) == [.get, .head, .post, .delete])
    }

    private static func values(
        _ router: Router<String>, _ path: String, _ pattern: String, _ read: (PathParameters) throws -> String
    ) throws -> String? {
        guard case .found(let found, let parameters) = router.match(.get, path), found == pattern else { return nil }
        return try read(parameters)
    }

    private static func multipart(
        _ bytes: [UInt8], type: String = "multipart/form-data; boundary=b"
    ) throws(HTTPProblem) -> Form {
        let spool = Spool(folder: "/nonexistent")
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(HTTPProblem) in try spool.append(bytes) } }
        try result.get()
        return try Multipart(spool: spool, contentType: type).form()
    }

    private static func text(_ random: inout SeededRandom) -> String {
        let letters: [Character] = ["a", "=", "&", "+", "%", " ", "民", "é", "👮", "\n", "\""]
        return String((0..<Int.random(in: 1...8, using: &random)).map { _ in letters.randomElement(using: &random)! })
    }

    private static func noise(of letters: String, length: Int, _ random: inout SeededRandom) -> [UInt8] {
        let bytes = Array(letters.utf8)
        return (0..<Int.random(in: 0...length, using: &random)).map { _ in bytes.randomElement(using: &random)! }
    }

    private static func encode(_ text: String) -> String {
        text.utf8.map { $0 == 0x20 ? "+" : "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
