// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Testing

@Suite("Bodies over a socket")
struct BodyTests {
    private static let formType = "application/x-www-form-urlencoded"

    @Test("a form's fields come as they were typed")
    func readsForms() async throws {
        try await onServer { place throws in
            #expect(
                try place.post("/form", type: Self.formType, "a=1&b=%E4%BD%A0+%26&a=2&c").text == "a=1|b=你 &|a=2|c=")
            #expect(try place.post("/form", type: Self.formType, "a=%ff").status == 400)
            #expect(try place.post("/form", type: Self.formType + "; charset=gbk", "a=1").status == 400)
            #expect(try place.post("/form", type: "text/plain", "a=1").status == 415)
        }
    }

    @Test("a body over its route's limit is refused, with its length announced or not, and the next request answered")
    func refusesLongBodies() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            let long = String(repeating: "a", count: 5000)
            let head = "POST /form HTTP/1.1\r\nHost: t\r\nContent-Type: \(Self.formType)\r\n"
            try wire.send("\(head)Content-Length: 5000\r\n\r\n\(long)")
            #expect(try wire.reply().status == 413)
            try wire.send("\(head)Transfer-Encoding: chunked\r\n\r\n1388\r\n\(long)\r\n0\r\n\r\n")
            #expect(try wire.reply().status == 413)
            try wire.send("\(head)Content-Length: 3\r\n\r\na=1")
            #expect(try wire.reply().text == "a=1")
            #expect(place.site.answered.load(ordering: .relaxed) == 1)
        }
    }

    @Test("a body far over its limit is refused before it comes")
    func refusesHugeBodies() async throws {
        try await onServer { place throws in
            let reply = try place.ask(
                "POST /form HTTP/1.1\r\nHost: t\r\nContent-Type: \(Self.formType)\r\nContent-Length: 4000000000\r\n\r\n"
            )
            #expect(reply.status == 413)
            #expect(reply["Connection"] == "close")
        }
    }

    @Test("a chunked body without end is cut")
    func cutsEndlessBodies() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            try wire.send(
                "POST /form HTTP/1.1\r\nHost: t\r\nContent-Type: \(Self.formType)\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            let chunk = "10000\r\n" + String(repeating: "a", count: 65_536) + "\r\n"
            var sent = 0
            while sent < 1000 {
                do { try wire.send(chunk) } catch { break }
                sent += 1
            }
            #expect(sent < 1000)
        }
    }

    @Test("a client that asks first is told to go on, or refused before it sends anything")
    func answersExpectations() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            let head = "HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Type: \(Self.formType)\r\n"
            try wire.send("POST /form \(head)Content-Length: 3\r\n\r\n")
            #expect(try wire.reply().status == 100)
            try wire.send("a=1")
            #expect(try wire.reply().text == "a=1")
            try wire.send("POST /form \(head)Content-Length: 3000\r\n\r\n")
            #expect(try wire.reply().status == 413)
            #expect(try place.ask("POST /forbidden \(head)Content-Length: 3\r\n\r\n").status == 403)
        }
    }

    @Test("JSON is read as UTF-8 or not at all")
    func readsJSON() async throws {
        try await onServer { place throws in
            #expect(try place.post("/json", type: "application/json", #"{"a":"你"}"#).text.contains("你"))
            #expect(try place.post("/json", type: "application/json", "[1").status == 400)
            #expect(try place.post("/json", type: "application/json", "").status == 400)
            #expect(try place.post("/json", type: "text/html", "{}").status == 415)
            let wire = try place.connect()
            let bytes: [UInt8] = Array("{\"a\":\"".utf8) + [0xc3, 0x28] + Array("\"}".utf8)
            try wire.send(
                "POST /json HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: \(bytes.count)\r\n\r\n"
            )
            try wire.send(bytes)
            #expect(try wire.reply().text == "refused: malformedEncoding")
        }
    }

    @Test(
        "a file comes whole, in memory and on disk, however the bytes are cut on their way",
        arguments: [10, 70_000, 300_000])
    func readsUploads(size: Int) async throws {
        try await onServer { place throws in
            // Line ends and dashes everywhere, so that the search for the boundary has something to trip over.
            let content = (0..<size).map { [UInt8]("\r\n--b-\(0)".utf8)[$0 % 7] }
            let sum = content.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
            let body =
                Array("--bound\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\n说明\r\n--bound\r\n".utf8)
                + Array("Content-Disposition: form-data; name=\"picture\"; filename=\"C:\\a\\b.png\"\r\n".utf8)
                + Array("Content-Type: image/png\r\n\r\n".utf8) + content + Array("\r\n--bound--\r\n".utf8)
            let wire = try place.connect()
            try wire.send(
                "POST /multipart HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; boundary=bound\r\nContent-Length: \(body.count)\r\n\r\n"
            )
            var random = SeededRandom(seed: 3)
            var rest = body[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int.random(in: 1...max(1, size / 20), using: &random))
                try wire.send(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try wire.reply().text == "alt=说明|b.png:image/png:\(size):\(sum)")
        }
    }

    @Test("a single file over its own limit is refused")
    func refusesLongFiles() async throws {
        try await onServer { place throws in
            let file = String(repeating: "x", count: 600_000)
            let body = "--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a\"\r\n\r\n\(file)\r\n--b--"
            #expect(try place.post("/multipart", type: "multipart/form-data; boundary=b", body).status == 413)
        }
    }

    @Test("a disk that takes no upload gives 503 and leaves the server well")
    func survivesFullDisk() async throws {
        try await onServer {
            $0.uploadFolder = "/nonexistent"
        } _: { place throws in
            let long = String(repeating: "x", count: 100_000)
            let reply = try place.post("/bytes", type: "text/plain", long)
            #expect(reply.status == 503)
            #expect(reply["Retry-After"] != nil)
            #expect(try place.post("/bytes", type: "text/plain", "abc").text == "3")
        }
    }
}
