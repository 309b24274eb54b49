// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Synchronization
import Testing

@Suite("Event streams over a socket")
struct StreamTests {
    private static let open = "GET /events HTTP/1.1\r\nHost: t\r\n\r\n"

    @Test("an event reaches every reader, in order, with its lines")
    func reachesReaders() async throws {
        try await onServer { place throws in
            let wires = try (0..<20).map { _ in
                let wire = try place.connect()
                try wire.send(Self.open)
                return wire
            }
            for wire in wires { #expect(try wire.head()["Content-Type"] == "text/event-stream; charset=utf-8") }
            let frames = [
                EventFrame(id: "1", event: "entry", data: "一\n二"), EventFrame(id: "2", event: nil, data: "三")
            ]
            for frame in frames { place.site.send(frame) }
            let expected = "id: 1\nevent: entry\ndata: 一\ndata: 二\n\nid: 2\ndata: 三\n\n"
            for wire in wires { #expect(try wire.events(untilBytes: expected.utf8.count) == expected) }
        }
    }

    @Test("what was sent before the reader was connected comes first")
    func keepsEarlyEvents() async throws {
        let stream = EventStream(onClose: nil)
        #expect(stream.send(EventFrame(id: "7", event: nil, data: "before")))
        #expect(stream.isOpen)
        stream.close()
        #expect(!stream.send(EventFrame(id: "8", event: nil, data: "after")))
    }

    @Test("a silent stream gives signs of life")
    func beats() async throws {
        try await onServer {
            $0.heartbeat = .milliseconds(200)
        } _: { place throws in
            let wire = try place.connect()
            try wire.send(Self.open)
            _ = try wire.head()
            #expect(try wire.events(untilBytes: 6) == ":\n\n:\n\n")
        }
    }

    @Test("a reader that stops reading is dropped and its connection cut, while others go on")
    func dropsSlowReaders() async throws {
        try await onServer { place throws in
            let slow = try place.connect(room: 4096)
            try slow.send(Self.open)
            _ = try slow.head()
            let slowStream = try #require(place.site.streams.withLock { $0.first })
            let wire = try place.connect()
            try wire.send(Self.open)
            _ = try wire.head()
            let frame = EventFrame(id: nil, event: nil, data: String(repeating: "x", count: 1016))
            var sent = 0
            while slowStream.isOpen, sent < 10_000 {
                place.site.send(frame)
                _ = try wire.events(untilBytes: 1024)
                sent += 1
            }
            #expect(!slowStream.isOpen)
            // Our own queue and what the two systems hold; never a megabyte.
            #expect(sent < 1000)
            _ = try slow.rest()
            place.site.send(EventFrame(id: nil, event: nil, data: "on"))
            #expect(try wire.events(untilBytes: 10) == "data: on\n\n")
            #expect(place.site.closedStreams.load(ordering: .acquiring) == 1)
        }
    }

    @Test("a reader that goes away is noticed")
    func noticesLeaving() async throws {
        try await onServer {
            $0.heartbeat = .milliseconds(200)
        } _: { place throws in
            do {
                let wire = try place.connect()
                try wire.send(Self.open)
                _ = try wire.head()
            }
            while place.site.closedStreams.load(ordering: .acquiring) == 0 { _ = try place.get("/x") }
            #expect(place.server.metrics.prometheus().contains("precinct_streams 0.0\n"))
        }
    }

    @Test("streams over the limit are refused, those that are open go on")
    func limitsStreams() async throws {
        try await onServer {
            $0.streamLimit = 2
        } _: { place throws in
            let wires = try (0..<3).map { _ in
                let wire = try place.connect()
                try wire.send(Self.open)
                return wire
            }
            var statuses: [Int] = []
            for wire in wires { statuses.append(try wire.head().status) }
            #expect(statuses.sorted() == [200, 200, 503])
        }
    }

    @Test("line ends in an event's id, name or text can't make another event")
    func keepsFramesWhole() {
        let frame = EventFrame(id: "1\ndata: x", event: "a\r\n\r\nb", data: "one\r\ntwo\rthree\n\nfour\u{2028}five")
        #expect(
            frame.text
                == "id: 1data: x\nevent: ab\ndata: one\ndata: two\ndata: three\ndata: \ndata: four\u{2028}five\n\n")
        #expect(EventFrame(id: nil, event: nil, data: "").text == "data: \n\n")
    }

    @Test("thousands of readers get an event each while pages are served")
    func reachesThousands() async throws {
        try await onServer { place throws in
            let wires = try (0..<2000).map { _ in
                let wire = try place.connect()
                try wire.send(Self.open)
                return wire
            }
            for wire in wires { _ = try wire.head() }
            place.site.send(EventFrame(id: nil, event: nil, data: "all"))
            #expect(try place.get("/kept").status == 200)
            for wire in wires { #expect(try wire.events(untilBytes: 11) == "data: all\n\n") }
        }
    }
}

extension Wire {
    /// The head of an answer that does not end.
    func head() throws -> Reply { try reply(toHead: true) }

    /// Events, in as many chunks as they come.
    func events(untilBytes count: Int) throws -> String {
        var bytes: [UInt8] = []
        while bytes.count < count, let chunk = try chunk() { bytes += chunk }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension TestSite {
    func send(_ frame: EventFrame) { for stream in streams.withLock({ $0 }) { stream.send(frame) } }
}

extension EventFrame {
    fileprivate var text: String { String(decoding: bytes, as: UTF8.self) }
}
