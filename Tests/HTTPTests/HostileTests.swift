// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Testing

@Suite("Hostile input over a socket")
struct HostileTests {
    private static let brief: @Sendable (inout ServerConfiguration) -> Void = { configuration in
        configuration.headerDeadline = .milliseconds(300)
        configuration.bodyDeadline = .milliseconds(300)
        configuration.bodyRate = 1 << 20
        configuration.idleTimeout = .seconds(20)
    }

    @Test(
        "a client that stops in the middle is cut at the deadline, whatever it had sent",
        arguments: [
            "", "GET / HT", "GET / HTTP/1.1\r\nHost: t\r\nX-Slow: ",
            "POST /bytes HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\nabc"
        ])
    func cutsTheSilent(start: String) async throws {
        try await onServer(Self.brief) { place throws in
            let wire = try place.connect()
            try wire.send(start)
            _ = try wire.rest()
            #expect(place.server.metrics.prometheus().contains("precinct_connections_cut_total 1\n"))
        }
    }

    @Test("a client that trickles its header byte by byte is cut although it is never silent for long")
    func cutsTheTrickling() async throws {
        try await onServer(Self.brief) { place throws in
            let wire = try place.connect()
            try wire.send("GET / HTTP/1.1\r\nX-Slow: ")
            // Each byte is sent when another connection has been served: never silent, never done.
            for _ in 0..<10_000 {
                do { try wire.send("a") } catch { break }
                _ = try place.get("/kept")
            }
            #expect(place.server.metrics.prometheus().contains("precinct_connections_cut_total 1\n"))
        }
    }

    @Test(
        "malformed percent-encoding, NUL and text that is not UTF-8 are refused",
        arguments: ["/%", "/%4", "/%zz", "/%ff", "/%c0%80", "/a%00b", "/query?a=%e4%bd", "/query?a=%00", "/query?%=1"])
    func refusesBadEncoding(target: String) async throws {
        try await onServer { place throws in
            let reply = try place.get(target)
            #expect(reply.status == 400)
            #expect(reply.text == "refused: malformedEncoding")
        }
    }

    @Test("raw bytes in the target are refused unless they are UTF-8")
    func refusesRawBytes() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            try wire.send(Array("GET /a".utf8) + [0xff, 0xfe] + Array(" HTTP/1.1\r\nHost: t\r\n\r\n".utf8))
            #expect(try wire.reply().status == 400)
            #expect(try place.get("/派出所").text == "GET /派出所")
            #expect(try place.get("/%E6%B4%BE%E5%87%BA%E6%89%80").text == "GET /派出所")
        }
    }

    @Test("a target with scheme and host is read like any other")
    func readsAbsoluteTargets() async throws {
        try await onServer { place throws in
            #expect(try place.get("http://t/x?y=1").text == "GET /x")
            #expect(try place.get("HTTP://t").text == "GET /")
        }
    }

    @Test(
        "a body whose end two readers could see differently is refused and the connection closed",
        arguments: [
            "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: -1\r\n", "Content-Length: 5x\r\n", "Content-Length: 99999999999999999999\r\n"
        ])
    func refusesSmuggling(headers: String) async throws {
        try await onServer { place throws in
            for path in ["/bytes", "/kept"] {
                let wire = try place.connect()
                let method = path == "/kept" ? "GET" : "POST"
                try wire.send(
                    "\(method) \(path) HTTP/1.1\r\nHost: t\r\n\(headers)\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
                )
                let all = String(decoding: try wire.rest(), as: UTF8.self)
                #expect(!all.contains("smuggled"))
                #expect(all.isEmpty || all.contains("HTTP/1.1 400") || all.contains("HTTP/1.1 413"))
            }
        }
    }

    @Test("two hosts are refused")
    func refusesTwoHosts() async throws {
        try await onServer { place throws in
            #expect(try place.get("/x", "Host: other").status == 400)
        }
    }

    @Test("too many headers, a header too long and a target too long each get their own status")
    func refusesLongHeads() async throws {
        try await onServer { place throws in
            let many = (0..<2000).map { "X-\($0): y\r\n" }.joined()
            #expect(try place.ask("GET / HTTP/1.1\r\nHost: t\r\n\(many)\r\n").status == 431)
            let long = String(repeating: "a", count: 40_000)
            #expect(try place.ask("GET / HTTP/1.1\r\nHost: t\r\nX-Long: \(long)\r\n\r\n").status == 431)
            #expect(try place.ask("GET /\(long) HTTP/1.1\r\nHost: t\r\n\r\n").status == 414)
        }
    }

    @Test("a NUL in a header does no harm")
    func survivesNUL() async throws {
        try await onServer { place throws in
            let wire = try place.connect()
            try wire.send(Array("GET /x HTTP/1.1\r\nHost: t\r\nX-A: b".utf8) + [0] + Array("c\r\n\r\n".utf8))
            let all = try? wire.reply().status  // A closed connection is as good an answer.
            #expect(all == nil || all == 400 || all == 200)
            #expect(try place.get("/x").status == 200)
        }
    }

    @Test("a method that nobody knows is refused")
    func refusesUnknownMethods() async throws {
        try await onServer { place throws in
            #expect(try place.ask("BREW /x HTTP/1.1\r\nHost: t\r\n\r\n").status == 405)
        }
    }

    @Test("noise of every kind neither ends the server nor holds it up")
    func survivesNoise() async throws {
        try await onServer(Self.brief) { place throws in
            var random = SeededRandom(seed: 7)
            let pieces = [
                "GET ", "POST ", "/", "HTTP/1.1", "\r\n", "\n", "Content-Length: 7", ":", " ", "\u{0}", "é", "%"
            ]
            for _ in 0..<300 {
                let wire = try place.connect()
                let noise = (0..<Int.random(in: 1...40, using: &random))
                    .map { _ in pieces.randomElement(using: &random)! }.joined()
                // The server may close while we are still talking.
                try? wire.send(noise)
            }
            #expect(try place.get("/x").text == "GET /x")
        }
    }
}

/// The same numbers at every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
