// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import HTTP
import Identity
import Journal
import Storage
import Synchronization
import TestWorld
import Testing

@Suite struct LedgerTests {
    static let kind = EntryKind("test.done")

    private func entry(_ audience: Audience = .everyone, tags: [Journal.Tag] = [], content: String? = nil) -> NewEntry {
        NewEntry(
            Self.kind, subject: Journal.Tag("test"), desk: nil, actor: .shell, audience: audience, tags: tags,
            content: content)
    }

    @Test("entries are numbered without gaps, whoever fails beside them", arguments: TestDatabase.kinds)
    func numbering(kind: TestDatabase) async throws {
        struct Refused: Error {}
        let database = try await kind.open(JournalSchema.migrations)
        let ledger = Ledger()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<120 {
                group.addTask {
                    // A refusal is part of the test.
                    _ = try? await database.write { transaction in
                        try ledger.append(entry(), in: transaction)
                        if number % 4 == 0 { throw Refused() }
                    }
                }
            }
        }
        let entries = try await database.read { try ledger.entries(after: 0, limit: 1000, in: $0) }
        #expect(entries.map(\.sequence) == Array(1...90))
        #expect(try await database.read { try ledger.firstBreak(in: $0) } == nil)
        await database.close()
    }

    @Test("a changed entry breaks the chain", arguments: TestDatabase.kinds)
    func tampering(kind: TestDatabase) async throws {
        let database = try await kind.open(JournalSchema.migrations)
        let ledger = Ledger()
        for _ in 0..<5 { try await database.write { try ledger.append(entry(), in: $0) } }
        _ = try await database.write { try $0.run("UPDATE journal SET facts = '{\"late\":\"no\"}' WHERE sequence = 3") }
        #expect(try await database.read { try ledger.firstBreak(in: $0) } == 3)
        _ = try await database.write { try $0.run("DELETE FROM journal WHERE sequence = 2") }
        #expect(try await database.read { try ledger.firstBreak(in: $0) } == 3)
        await database.close()
    }

    @Test("the text stays out, and its commitment opens with the nonce", arguments: TestDatabase.kinds)
    func commitment(kind: TestDatabase) async throws {
        let database = try await kind.open(JournalSchema.migrations)
        let ledger = Ledger()
        let recorded = try await database.write { try ledger.append(entry(content: "桥北大街封闭"), in: $0) }
        let kept = try await database.read { try ledger.entries(after: 0, limit: 1, in: $0) }[0]
        #expect(kept.digest == Commitment.digest("桥北大街封闭", nonce: try #require(recorded.nonce)))
        await database.close()
    }

    @Test("what is for the force stays from the public", arguments: TestDatabase.kinds)
    func audience(kind: TestDatabase) async throws {
        let database = try await kind.open(JournalSchema.migrations)
        let ledger = Ledger()
        try await database.write { transaction in
            try ledger.append(entry(.force), in: transaction)
            try ledger.append(entry(), in: transaction)
        }
        let publicly = try await database.read { try ledger.latest(limit: 10, in: $0) }
        let inside = try await database.read { try ledger.latest(audience: Audience.allCases, limit: 10, in: $0) }
        #expect(publicly.map(\.sequence) == [2] && inside.map(\.sequence) == [2, 1])
        await database.close()
    }

    @Test("a follower handles each entry once, even when it fails half-way", arguments: TestDatabase.kinds)
    func follower(kind: TestDatabase) async throws {
        struct Refused: Error {}
        let database = try await kind.open(
            JournalSchema.migrations + [Migration("t-1", "CREATE TABLE seen (sequence BIGINT PRIMARY KEY);")])
        let ledger = Ledger()
        for _ in 0..<10 { try await database.write { try ledger.append(entry(), in: $0) } }
        let follower = Follower("test", ledger: ledger)
        await #expect(throws: Refused.self) {
            _ = try await follower.advance(in: database, batch: 6) { entry, transaction in
                try transaction.run("INSERT INTO seen (sequence) VALUES (\(entry.sequence))")
                if entry.sequence == 4 { throw Refused() }
            }
        }
        var handled = 0
        repeat {
            handled = try await follower.advance(in: database, batch: 6) { entry, transaction in
                try transaction.run("INSERT INTO seen (sequence) VALUES (\(entry.sequence))")
            }
        } while handled > 0
        #expect(
            try await database.read { try $0.values("SELECT sequence FROM seen ORDER BY sequence", as: Int.self) }
                == Array(1...10))
        await database.close()
    }
}

@Suite struct DeliveryTests {
    @Test("a delivery is claimed once, tried again later, and given up at last", arguments: TestDatabase.kinds)
    func retry(kind: TestDatabase) async throws {
        let database = try await kind.open(JournalSchema.migrations)
        let clock = TestClock()
        let deliveries = Deliveries(clock: clock.clock, lease: .seconds(60), attemptLimit: 3)
        try await database.write { try deliveries.enqueue("mail", target: "a@b.c", payload: "hello", in: $0) }
        for attempt in 1...3 {
            let claimed = try await database.write { try deliveries.claim("mail", limit: 10, in: $0) }
            #expect(claimed.map(\.attempts) == [attempt])
            #expect(try await database.write { try deliveries.claim("mail", limit: 10, in: $0) }.isEmpty)
            try await database.write { try deliveries.failed(claimed[0], because: "unreachable", in: $0) }
            clock.advance(by: .seconds(3600))
        }
        #expect(try await database.write { try deliveries.claim("mail", limit: 10, in: $0) }.isEmpty)
        #expect(try await database.read { try $0.value("SELECT state FROM delivery", as: String.self) } == "failed")
        await database.close()
    }

    @Test("a claim that its process never settled is free after the lease", arguments: TestDatabase.kinds)
    func lease(kind: TestDatabase) async throws {
        let database = try await kind.open(JournalSchema.migrations)
        let clock = TestClock()
        let deliveries = Deliveries(clock: clock.clock, lease: .seconds(60))
        try await database.write { try deliveries.enqueue("mail", target: "a", payload: "b", in: $0) }
        let lost = try await database.write { try deliveries.claim("mail", limit: 1, in: $0) }
        clock.advance(by: .seconds(61))
        let again = try await database.write { try deliveries.claim("mail", limit: 1, in: $0) }
        #expect(again.count == 1)
        // The first process comes back: its word no longer counts.
        try await database.write { try deliveries.failed(lost[0], because: "late", in: $0) }
        try await database.write { try deliveries.sent(again[0], in: $0) }
        #expect(try await database.read { try $0.value("SELECT state FROM delivery", as: String.self) } == "sent")
        await database.close()
    }
}

@Suite struct PageCacheTests {
    private func page(_ text: String, _ tags: [Journal.Tag] = [Journal.Tag("a")]) -> PageCache.Rendered {
        PageCache.Rendered(page: PreparedResponse(headers: [:], body: Array(text.utf8)), tags: tags)
    }

    @Test("a page is rendered once until a tag of it is touched")
    func tags() async throws {
        let cache = PageCache(limit: 1 << 20)
        let count = Mutex(0)
        @Sendable func render() -> PageCache.Rendered {
            count.withLock { $0 += 1 }
            return page("x", [Journal.Tag("a"), Journal.Tag("b")])
        }
        for _ in 0..<3 { _ = try await cache.page("k") { render() } }
        #expect(count.withLock { $0 } == 1)
        cache.drop([Journal.Tag("c")])
        #expect(cache.kept("k") != nil)
        cache.drop([Journal.Tag("b")])
        #expect(cache.kept("k") == nil)
    }

    @Test("a page touched while it is being rendered is not kept")
    func stale() async throws {
        let cache = PageCache(limit: 1 << 20)
        _ = try await cache.page("k") {
            cache.drop([Journal.Tag("a")])
            return page("old")
        }
        #expect(cache.kept("k") == nil)
        _ = try await cache.page("k") { page("new") }
        #expect(cache.kept("k") != nil)
    }

    @Test("a full cache lets go of what was used least")
    func bound() async throws {
        let cache = PageCache(limit: 20_000)
        for number in 0..<100 {
            _ = try await cache.page("k\(number)") { page(String(repeating: "x", count: 300)) }
            _ = cache.kept("k0")
        }
        #expect(cache.size.bytes <= 20_000 && cache.kept("k0") != nil && cache.kept("k1") == nil)
    }
}

@Suite struct LiveFeedTests {
    @Test("a returning reader misses nothing and gets nothing twice", arguments: TestDatabase.kinds)
    func replay(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let (site, feed, _) = try city.site()
        var configuration = ServerConfiguration()
        configuration.port = 0
        let server = Server(configuration, responder: site)
        let port = try server.start()
        let running = Task { try await feed.run() }
        let client = RawClient(port: port)
        client.send("GET /live/events?after=1 HTTP/1.0\r\nHost: t\r\n\r\n")
        let head = try await city.database.read { try city.ledger.head(in: $0) }
        #expect(try await client.wait(for: "id: \(head)\n") != nil)
        let chief = try await city.principal("chief")
        for number in 1...3 {
            try await city.directory.changeHours(of: "hudong", to: Localized(["en": "hours \(number)"]), by: chief)
        }
        let seen = try #require(try await client.wait(for: "id: \(head + 3)\n"))
        let ids = seen.matches(of: /id: (\d+)/).compactMap { Int64($0.1) }
        #expect(ids == [head + 1, head + 2, head + 3])
        let back = RawClient(port: port)
        back.send("GET /live/events HTTP/1.0\r\nHost: t\r\nLast-Event-ID: \(head + 1)\r\n\r\n")
        let missed = try #require(try await back.wait(for: "id: \(head + 3)\n"))
        #expect(missed.matches(of: /id: (\d+)/).compactMap { Int64($0.1) } == [head + 2, head + 3])
        await server.stop(within: .seconds(5))
        running.cancel()
        await city.database.close()
    }
}
