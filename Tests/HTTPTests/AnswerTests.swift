// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Testing

@Suite("Answers over a socket")
struct AnswerTests {
    @Test("a connection serves one request after another, and several at once in their order")
    func keepsConnections() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            for path in ["/one", "/later", "/kept", "/two"] {
                try wire.send("GET \(path) HTTP/1.1\r\nHost: t\r\n\r\n")
                #expect(try wire.reply().status == 200)
            }
            let paths = ["/1", "/later", "/kept", "/2", "/long", "/3"]
            try wire.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: t\r\n\r\n" }.joined())
            let texts = try paths.map { _ in try wire.reply().text }
            #expect(texts[0] == "GET /1")
            #expect(texts[1] == "later")
            #expect(texts[3] == "GET /2")
            #expect(texts[5] == "GET /3")
        }
    }

    @Test("HEAD has the headers of GET and no body", arguments: ["/kept", "/long", "/file"])
    func answersHead(path: String) async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            try wire.send("HEAD \(path) HTTP/1.1\r\nHost: t\r\n\r\nGET /after HTTP/1.1\r\nHost: t\r\n\r\n")
            let head = try wire.reply(toHead: true)
            #expect(try wire.reply().text == "GET /after")
            let get = try place.get(path)
            #expect(head["Content-Length"] == String(get.body.count))
            #expect(head["ETag"] == get["ETag"])
        }
    }

    @Test("a reader that has the page already gets 304 without a body", arguments: ["/kept", "/long", "/file"])
    func answersConditionally(path: String) async throws {
        try await onServer { place throws in
            let tag = try #require(try place.get(path)["ETag"])
            for known in [tag, "\"other\", \(tag)", "*"] {
                let reply = try place.get(path, "If-None-Match: \(known)")
                #expect(reply.status == 304)
                #expect(reply["ETag"] == tag)
                #expect(reply.body.isEmpty)
            }
            #expect(try place.get(path, "If-None-Match: \"other\"").status == 200)
        }
    }

    @Test("pages go out as gzip to readers who take it, and say so to caches", arguments: ["/kept", "/long"])
    func compresses(path: String) async throws {
        try await onServer { place throws in
            let plain = try place.get(path)
            let gzip = try place.get(path, "Accept-Encoding: br, gzip")
            #expect(plain.text == TestSite.longPage)
            #expect(plain["Content-Encoding"] == nil)
            #expect(gzip["Content-Encoding"] == "gzip")
            #expect(gzip.body.starts(with: [0x1f, 0x8b]))
            #expect(gzip.body.count < plain.body.count / 5)
            #expect(plain["Vary"] == "Accept-Encoding")
            #expect(gzip["Vary"] == "Accept-Encoding")
            #expect(try place.get(path, "Accept-Encoding: gzip;q=0")["Content-Encoding"] == nil)
            #expect(try place.get(path, "Accept-Encoding: gzip;q=0.5")["Content-Encoding"] == "gzip")
        }
    }

    @Test("every answer has a date and none tells which server made it")
    func tellsTheDate() async throws {
        try await onServer { place throws in
            for path in ["/kept", "/long", "/x"] {
                let reply = try place.get(path)
                #expect(reply["Date"]?.hasSuffix("GMT") == true)
                #expect(reply["Server"] == nil)
            }
        }
    }

    @Test("a file is sent whole or the part that was asked for")
    func sendsRanges() async throws {
        try await onServer { place throws in
            let whole = try place.get("/file")
            let tag = try #require(whole["ETag"])
            #expect(whole.text == "0123456789abcdefghij")
            #expect(whole["Accept-Ranges"] == "bytes")
            let part = try place.get("/file", "Range: bytes=5-9")
            #expect(part.status == 206)
            #expect(part.text == "56789")
            #expect(part["Content-Range"] == "bytes 5-9/20")
            #expect(try place.get("/file", "Range: bytes=-3").text == "hij")
            #expect(try place.get("/file", "Range: bytes=18-99").text == "ij")
            let beyond = try place.get("/file", "Range: bytes=20-")
            #expect(beyond.status == 416)
            #expect(beyond["Content-Range"] == "bytes */20")
            #expect(try place.get("/file", "Range: bytes=0-1,4-5").status == 200)
            #expect(try place.get("/file", "Range: bytes=5-9", "If-Range: \(tag)").status == 206)
            #expect(try place.get("/file", "Range: bytes=5-9", "If-Range: \"old\"").status == 200)
        }
    }

    @Test("a refusal without a body leaves the connection open")
    func refusesAndGoesOn() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            try wire.send("GET /forbidden HTTP/1.1\r\nHost: t\r\n\r\nGET /x HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try wire.reply().status == 403)
            #expect(try wire.reply().status == 200)
        }
    }

    @Test("the log has the path without its query, the length, and the number that the request had")
    func logs() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            try wire.send("GET /query?phone=13800000000 HTTP/1.1\r\nHost: t\r\n\r\n")
            _ = try wire.reply()
            // A second request on the connection: the first is logged by then.
            try wire.send("GET /kept HTTP/1.1\r\nHost: t\r\n\r\n")
            _ = try wire.reply()
            let line = try #require(place.lines.all.first)
            #expect(line.path == "/query")
            #expect(line.method == "GET")
            #expect(line.status == 200)
            #expect(line.bytes == "phone=13800000000".utf8.count)
            #expect(line.address == "127.0.0.1")
            #expect(line.id.hasSuffix("-1"))
            let text = place.server.metrics.prometheus()
            #expect(!text.contains("precinct_requests_total{status=\"2xx\"} 0\n"))
            #expect(text.contains("precinct_connections 1.0\n"))
        }
    }
}
