// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP
import TestWorld
import Testing

@Suite(.serialized) struct ServerTests {
    private func get(_ path: String, _ headers: String = "", method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: test\r\n\(headers)\r\n"
    }

    private func post(_ path: String, _ body: String, type: String = "application/x-www-form-urlencoded") -> String {
        "POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("a connection serves one request after the other, pipelined too")
    func keepAlive() async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        for path in ["/a", "/prepared", "/nothing", "/b"] {
            client.send(get(path))
            #expect(client.response()?.status == (path == "/nothing" ? 404 : 200))
        }
        client.send(get("/c") + get("/prepared") + get("/d"))
        #expect(client.response()?.text.contains("/c") == true)
        #expect(client.response()?.text.contains("清泉") == true)
        #expect(client.response()?.text.contains("/d") == true)
        await server.stop(within: .seconds(2))
    }

    @Test("HEAD has the length and no body")
    func head() async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(get("/prepared", method: "HEAD"))
        let response = try #require(client.response(isHead: true))
        #expect(response["Content-Length"] == "2600")
        client.send(get("/a"))
        #expect(client.response()?.status == 200)
        await server.stop(within: .seconds(2))
    }

    @Test("an unchanged page is answered with 304, kept or not", arguments: ["/prepared", "/a"])
    func conditional(path: String) async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(get(path))
        let tag = try #require(client.response()?["ETag"])
        client.send(get(path, "If-None-Match: \(tag)\r\n"))
        #expect(client.response()?.status == 304)
        client.send(get(path, "If-None-Match: \"other\", \(tag)\r\n"))
        #expect(client.response()?.status == 304)
        client.send(get(path, "If-None-Match: \"other\"\r\n"))
        #expect(client.response()?.status == 200)
        await server.stop(within: .seconds(2))
    }

    @Test("gzip goes to those who take it", arguments: ["/prepared", "/a"])
    func gzip(path: String) async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(get(path, "Accept-Encoding: br, gzip\r\n"))
        let small = try #require(client.response())
        client.send(get(path, "Accept-Encoding: gzip;q=0\r\n"))
        let plain = try #require(client.response())
        #expect(small["Content-Encoding"] == "gzip" && small.body.starts(with: [0x1f, 0x8b]))
        #expect(plain["Content-Encoding"] == nil && small.body.count < plain.body.count / 4)
        await server.stop(within: .seconds(2))
    }

    @Test(
        "forms are read strictly",
        arguments: [
            ("a=1&b=%E6%B8%85+x", 200, "a=1\nb=清 x"), ("a=%ZZ", 400, ""), ("a=%FF", 400, ""), ("a=%00", 400, ""),
            ("a=%", 400, ""),
            ("", 200, ""), ("=&=&", 200, "=\n="), (String(repeating: "a", count: 2000), 413, "")
        ])
    func forms(body: String, status: Int, text: String) async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(post("/form", body))
        let response = try #require(client.response())
        #expect(response.status == status)
        if status == 200 { #expect(response.text == text) }
        await server.stop(within: .seconds(2))
    }

    @Test("a body is refused before it comes when it says that it is too long, or of the wrong type")
    func early() async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(
            "POST /form HTTP/1.1\r\nHost: t\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 999999999\r\nExpect: 100-continue\r\n\r\n"
        )
        #expect(client.response()?.status == 413)
        let other = RawClient(port: port)
        other.send(post("/form", "{}", type: "application/json"))
        #expect(other.response()?.status == 415)
        await server.stop(within: .seconds(2))
    }

    @Test("a chunked body is counted as it comes")
    func chunked() async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        let head =
            "POST /form HTTP/1.1\r\nHost: t\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
        client.send(head + "4\r\na=12\r\n0\r\n\r\n")
        #expect(client.response()?.text == "a=12")
        client.send(head + "800\r\n" + String(repeating: "a", count: 2048) + "\r\n0\r\n\r\n")
        #expect(client.response()?.status == 413)
        await server.stop(within: .seconds(2))
    }

    @Test("100-continue is said before the body")
    func expectContinue() async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(
            "POST /form HTTP/1.1\r\nHost: t\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
        #expect(client.read(until: "\r\n\r\n")?.contains(" 100 ") == true)
        client.send("a=b")
        #expect(client.response()?.text == "a=b")
        await server.stop(within: .seconds(2))
    }

    @Test("files come through whole, however the bytes are cut", arguments: [10, 70_000, 500_000])
    func multipart(size: Int) async throws {
        let (_, server, port) = try TestServer.start()
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var body = Array(
            "--b0\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\n图\r\n--b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../x\\y.png\"\r\nContent-Type: image/png\r\n\r\n"
                .utf8)
        body += content + Array("\r\n--b0--\r\n".utf8)
        let client = RawClient(port: port)
        client.send(
            "POST /files HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; boundary=b0\r\nContent-Length: \(body.count)\r\n\r\n"
        )
        var rest = body[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...30_000))
            client.send(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        #expect(client.response()?.text == "alt=图\nfile y.png \(size) \(content.reduce(0) { $0 &+ Int($1) })")
        await server.stop(within: .seconds(2))
    }

    @Test(
        "broken multipart is refused",
        arguments: [
            "--b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", "no boundary at all", "--b0",
            "--b0\r\n\r\n\r\n--b0--",
            "--b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\u{0}\r\n--b0--"
        ])
    func brokenMultipart(body: String) async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(post("/files", body, type: "multipart/form-data; boundary=b0"))
        #expect(client.response()?.status == 400)
        await server.stop(within: .seconds(2))
    }

    @Test(
        "hostile heads get an error or a closed door",
        arguments: [
            ("GET /%zz HTTP/1.1\r\nHost: t\r\n\r\n", 400), ("GET /%ff HTTP/1.1\r\nHost: t\r\n\r\n", 400),
            ("BREW / HTTP/1.1\r\nHost: t\r\n\r\n", 405),
            ("GET / HTTP/1.1\r\nX: \(String(repeating: "y", count: 40_000))\r\n\r\n", 431)
        ])
    func hostile(head: String, status: Int) async throws {
        let (_, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(head)
        #expect(client.response()?.status == status)
        await server.stop(within: .seconds(2))
    }

    @Test(
        "ranges of a file",
        arguments: [
            ("bytes=0-3", 206, "0123"), ("bytes=-2", 206, "89"), ("bytes=8-", 206, "89"), ("bytes=5-99", 206, "56789"),
            ("bytes=10-", 416, ""), ("bytes=3-1", 200, "0123456789"), ("bytes=a-b", 200, "0123456789"),
            ("bytes=0-1,3-4", 200, "0123456789"), ("bytes=99999999999999999999-", 200, "0123456789")
        ])
    func ranges(range: String, status: Int, text: String) async throws {
        let (responder, server, port) = try TestServer.start()
        try Data("0123456789".utf8).write(to: URL(fileURLWithPath: responder.folder + "/file.txt"))
        let client = RawClient(port: port)
        client.send(get("/file", "Range: \(range)\r\n"))
        let response = try #require(client.response())
        #expect(response.status == status && response.text == text)
        await server.stop(within: .seconds(2))
    }

    @Test("a client that trickles its head is cut", arguments: ["first", "second"])
    func trickle(request: String) async throws {
        let (_, server, port) = try TestServer.start {
            $0.headerDeadline = .milliseconds(400)
            $0.idleTimeout = .seconds(1)
        }
        let client = RawClient(port: port)
        if request == "second" {
            client.send(get("/a"))
            #expect(client.response()?.status == 200)
        }
        let drip = Task.detached {
            for _ in 0..<600 {
                guard client.send("X") else { return true }
                usleep(20_000)
            }
            return false
        }
        #expect(await drip.value)
        await server.stop(within: .seconds(2))
    }

    @Test("a forwarded address counts from a trusted proxy alone")
    func forwarded() async throws {
        for (trusted, expected) in [([], "127.0.0.1"), (["127.0.0.1"], "203.0.113.7")] as [(Set<String>, String)] {
            let (_, server, port) = try TestServer.start { $0.trustedProxies = trusted }
            let client = RawClient(port: port)
            client.send(get("/a", "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n"))
            #expect(client.response()?.text.hasSuffix(" " + expected) == true)
            await server.stop(within: .seconds(2))
        }
    }

    @Test("too many requests from one address are told to wait")
    func rate() async throws {
        let (_, server, port) = try TestServer.start {
            $0.trustedProxies = ["127.0.0.1"]
            $0.requestsPerSecond = 1
        }
        let client = RawClient(port: port)
        var statuses: [Int] = []
        for _ in 0..<15 {
            client.send(get("/a", "X-Forwarded-For: 203.0.113.7\r\n"))
            statuses.append(client.response()?.status ?? 0)
        }
        #expect(statuses.prefix(10).allSatisfy { $0 == 200 } && statuses.suffix(3) == [429, 429, 429])
        await server.stop(within: .seconds(2))
    }

    @Test("a reader gets events, and one that stops reading is dropped")
    func events() async throws {
        let (responder, server, port) = try TestServer.start()
        let client = RawClient(port: port)
        client.send(get("/events"))
        #expect(client.read(until: "data: lines\n\n")?.contains("id: 1\nevent: hello\ndata: two\n") == true)
        let stream = try #require(responder.stream)
        stream.send(EventFrame(id: "2", event: nil, data: "more"))
        #expect(client.read(until: "data: more\n\n") != nil)
        let flood = EventFrame(id: nil, event: nil, data: String(repeating: "x", count: 2000))
        var sent = 0
        while stream.send(flood), sent < 100_000 { sent += 1 }
        #expect(!stream.isOpen && sent < 100_000)
        await server.stop(within: .seconds(2))
    }

    @Test("a graceful stop finishes the requests in flight")
    func gracefulStop() async throws {
        let (responder, server, port) = try TestServer.start()
        let clients = (0..<20).map { _ in RawClient(port: port) }
        for client in clients { client.send(get("/wait")) }
        await responder.held(20)
        async let stopped: Void = server.stop(within: .seconds(10))
        responder.release()
        for client in clients { #expect(client.response()?.text == "waited") }
        await stopped
    }
}
