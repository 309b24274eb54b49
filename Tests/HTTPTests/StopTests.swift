// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Testing

@Suite("Stopping and limits over a socket")
struct StopTests {
    @Test(
        "a stop under load loses no request: every one sent is answered", arguments: ["/kept", "/x", "/later", "/file"])
    func losesNothing(path: String) async throws {
        let place = try start()
        let sent = Metrics.Counter()
        let connected = Metrics.Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await onThread {
                        let wire = try place.connect()
                        connected.add()
                        while true {
                            try wire.send("GET \(path) HTTP/1.1\r\nHost: t\r\n\r\n")
                            let reply = try wire.reply()
                            #expect(reply.status == 200)
                            sent.add()
                            if reply["Connection"] == "close" { break }
                        }
                        #expect(try wire.rest().isEmpty)
                    }
                }
            }
            // Under way before the stop begins.
            while sent.value < 200 || connected.value < 16 { await Task.yield() }
            await place.server.stop(within: .seconds(20))
            try await group.waitForAll()
        }
        #expect(throws: (any Error).self) { try place.connect() }
    }

    @Test("whoever got a connection before the stop gets an answer, however many arrive at once")
    func servesTheQueue() async throws {
        let place = try start()
        // Connected before the stop; the request comes when the listener is already closed.
        let wires = try await onThread { try Wires((0..<200).map { _ in try place.connect() }) }
        async let stopped: Void = place.server.stop(within: .seconds(20))
        let answers = try await onThread {
            for wire in wires.all { try wire.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n") }
            return try wires.all.map { try $0.reply() }
        }
        #expect(answers.allSatisfy { $0.status == 200 })
        await stopped
    }

    @Test("a stop waits for answers that take long, and ends the streams")
    func waitsForAnswers() async throws {
        let place = try start()
        async let answer = onThread { try place.get("/wait") }
        async let stream = onThread {
            let wire = try place.connect()
            try wire.send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")
            return try wire.reply().body
        }
        await place.site.gate.arrival(of: 1)
        while place.site.streams.withLock({ $0.isEmpty }) { await Task.yield() }
        async let stopped: Void = place.server.stop(within: .seconds(20))
        #expect(try await stream.isEmpty)
        place.site.gate.open()
        #expect(try await answer.text == "waited")
        await stopped
    }

    @Test("what is not done by the end of the stop is answered with 503")
    func abandons() async throws {
        let place = try start()
        async let answers = onThread {
            let wires = try (0..<5).map { _ in
                let wire = try place.connect()
                try wire.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")
                return wire
            }
            return try wires.map { try $0.reply() }
        }
        await place.site.gate.arrival(of: 5)
        await place.server.stop(within: .milliseconds(50))
        for answer in try await answers {
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] != nil)
        }
        // Their tasks end later, with nobody to hear them.
        place.site.gate.open()
    }

    @Test("a client with too many requests is told when to come back; another is not affected")
    func limitsRequests() async throws {
        try await onServer {
            $0.requestsPerSecond = 1
            $0.limitsOwnMachine = true
            $0.trustedProxies = ["127.0.0.1"]
        } _: { place throws in
            var statuses: [Int] = []
            for _ in 0..<15 { statuses.append(try place.get("/kept", "X-Forwarded-For: 192.0.2.1").status) }
            #expect(statuses.prefix(10).allSatisfy { $0 == 200 })
            #expect(statuses.last == 429)
            let refused = try place.get("/x", "X-Forwarded-For: 192.0.2.1")
            #expect(refused["Retry-After"] == "1")
            #expect(try place.get("/x", "X-Forwarded-For: 192.0.2.2").status == 200)
        }
    }

    @Test("connections over an address's limit are closed, and there is room again when others end")
    func limitsConnections() async throws {
        try await onServer {
            $0.connectionsPerAddress = 3
            $0.limitsOwnMachine = true
        } _: { place throws in
            let ask = "GET /x HTTP/1.1\r\nHost: t\r\n\r\n"
            var wires = try (0..<3).map { _ in try place.connect() }
            for wire in wires {
                try wire.send(ask)
                #expect(try wire.reply().status == 200)
            }
            let fourth = try place.connect()
            // It may be closed before or after the bytes are on their way.
            try? fourth.send(ask)
            #expect(try fourth.rest().isEmpty)
            wires.removeLast()
            var isServed = false
            while !isServed {
                let wire = try place.connect()
                try? wire.send(ask)
                isServed = (try? wire.reply().status) == 200
            }
        }
    }

    @Test("the forwarded address counts only when a trusted proxy tells it")
    func believesTrustedProxies() async throws {
        try await onServer { place throws in
            let reply = try place.get("/address", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https")
            #expect(reply.text == "127.0.0.1 false")
        }
        try await onServer {
            $0.trustedProxies = ["127.0.0.1", "192.0.2.9"]
        } _: { place throws in
            func address(_ header: String) throws -> String {
                try place.get("/address", "X-Forwarded-For: \(header)", "X-Forwarded-Proto: https").text
            }
            #expect(try address("192.0.2.1") == "192.0.2.1 true")
            // The client wrote the first one itself.
            #expect(try address("198.51.100.7, 192.0.2.1, 192.0.2.9") == "192.0.2.1 true")
            #expect(try address("2001:db8::1") == "2001:db8::1 true")
            #expect(try address("<script>") == "127.0.0.1 true")
        }
    }
}

/// `@unchecked Sendable`: handed from one thread to the next, never used by two at once.
private final class Wires: @unchecked Sendable {
    let all: [Wire]
    init(_ all: [Wire]) { self.all = all }
}
