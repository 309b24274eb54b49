// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Storage
import Synchronization

/// Anonymous pages, rendered once and kept until a journal entry touches one of their tags.
///
/// The database tells the cache of a commit before the writer gets its answer, so whoever has just written never
/// meets the page from before. A page whose tags were touched while it was being rendered is served, not kept.
public final class PageCache: Sendable {
    /// A finished page and what it shows.
    public struct Rendered: Sendable {
        public let page: PreparedResponse
        public let tags: [Tag]
        public init(page: PreparedResponse, tags: [Tag]) {
            self.page = page
            self.tags = tags
        }
    }

    fileprivate struct Kept {
        let rendered: Rendered
        var used: UInt64
    }

    fileprivate struct State {
        var pages: [String: Kept] = [:]
        var keys: [Tag: Set<String>] = [:]
        var flights: [String: [CheckedContinuation<PreparedResponse?, Never>]] = [:]
        var touched: [Tag: UInt64] = [:]
        var everythingTouched: UInt64 = 0
        var moment: UInt64 = 0
        var bytes = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: the most bytes of pages that are kept; the least recently used go first. 0 keeps none.
    public init(limit: Int) {
        self.limit = limit
    }

    /// Drops pages as soon as the database has committed something that touches them.
    public func follow(_ database: Database) {
        database.observe { [weak self] news in
            let tags = news.compactMap { $0 as? Touched }.flatMap(\.tags)
            if !tags.isEmpty { self?.drop(tags) }
        }
    }

    /// Follows the journal until the task is cancelled, for what other processes write; calls `others` for each
    /// entry, this process's own included.
    public func keepUp(
        with ledger: Ledger, in database: Database, others: @escaping @Sendable (Entry) async -> Void
    ) async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        database.changes { wake.yield() }
        var cursor = try await database.read { try ledger.head(in: $0) }
        for await _ in wakes {
            let seen = cursor
            let entries = try await database.read {
                try ledger.entries(after: seen, audience: Audience.allCases, limit: 1000, in: $0)
            }
            guard let last = entries.last else { continue }
            drop(entries.flatMap { [$0.subject, .journal] + $0.tags })
            for entry in entries { await others(entry) }
            cursor = last.sequence
            if entries.count == 1000 { wake.yield() }
        }
    }

    /// The page kept under a key, if there is one.
    public func kept(_ key: String) -> PreparedResponse? {
        state.withLock { state in
            guard let index = state.pages.index(forKey: key) else { return nil }
            state.moment += 1
            state.pages.values[index].used = state.moment
            return state.pages.values[index].rendered.page
        }
    }

    /// The page under a key, rendered if it is not there; the same page is never rendered twice at once.
    public func page(
        _ key: String, render: @Sendable () async throws -> Rendered
    ) async throws -> PreparedResponse {
        if let page = kept(key) { return page }
        guard limit > 0 else { return try await render().page }
        let started = state.withLock { state -> UInt64? in
            if state.flights[key] != nil { return nil }
            state.flights[key] = []
            return state.moment
        }
        guard let started else {
            if let page = await join(key) { return page }
            // The one that rendered it failed; this reader tries for itself.
            return try await render().page
        }
        do {
            let rendered = try await render()
            land(key, rendered, started: started)
            return rendered.page
        } catch {
            land(key, nil, started: started)
            throw error
        }
    }

    /// Drops every page that bears one of the tags.
    public func drop(_ tags: [Tag]) {
        state.withLock { state in
            state.moment += 1
            for tag in tags {
                // Only pages under way need to know of a touch.
                if !state.flights.isEmpty { state.touched[tag] = state.moment }
                for key in state.keys.removeValue(forKey: tag) ?? [] { state.remove(key) }
            }
        }
    }

    /// Drops everything, for changes that touch every page and for entries that another process wrote.
    public func dropAll() {
        state.withLock { state in
            state.moment += 1
            state.everythingTouched = state.moment
            state.pages = [:]
            state.keys = [:]
            state.bytes = 0
        }
    }

    /// False when nothing is ever kept.
    public var isOn: Bool { limit > 0 }

    /// How many pages and bytes are kept.
    public var size: (pages: Int, bytes: Int) {
        state.withLock { ($0.pages.count, $0.bytes) }
    }

    private func join(_ key: String) async -> PreparedResponse? {
        await withCheckedContinuation { continuation in
            let landed = state.withLock { state -> Bool in
                guard state.flights[key] != nil else { return true }
                state.flights[key]?.append(continuation)
                return false
            }
            if landed { continuation.resume(returning: kept(key)) }
        }
    }

    private func land(_ key: String, _ rendered: Rendered?, started: UInt64) {
        let waiting = state.withLock { state in
            if let rendered, state.isFresh(rendered.tags, since: started) {
                state.keep(key, rendered, limit: limit)
            }
            let waiting = state.flights.removeValue(forKey: key) ?? []
            if state.flights.isEmpty { state.touched = [:] }
            return waiting
        }
        for reader in waiting { reader.resume(returning: rendered?.page) }
    }
}

extension PageCache.State {
    fileprivate func isFresh(_ tags: [Tag], since started: UInt64) -> Bool {
        everythingTouched <= started && tags.allSatisfy { touched[$0, default: 0] <= started }
    }

    fileprivate mutating func keep(_ key: String, _ rendered: PageCache.Rendered, limit: Int) {
        guard rendered.page.size <= limit / 8 else { return }
        moment += 1
        pages[key] = PageCache.Kept(rendered: rendered, used: moment)
        bytes += rendered.page.size
        for tag in rendered.tags { keys[tag, default: []].insert(key) }
        guard bytes > limit else { return }
        // A tenth goes at once, so that a full cache is not sorted for every page.
        let oldest = pages.sorted { $0.value.used < $1.value.used }.map(\.key)
        for key in oldest where bytes > limit - limit / 10 { remove(key) }
    }

    fileprivate mutating func remove(_ key: String) {
        guard let page = pages.removeValue(forKey: key) else { return }
        bytes -= page.rendered.page.size
        for tag in page.rendered.tags {
            keys[tag]?.remove(key)
            if keys[tag]?.isEmpty == true { keys[tag] = nil }
        }
    }
}
