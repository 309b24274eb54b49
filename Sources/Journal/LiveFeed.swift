// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Storage
import Synchronization

/// Sends journal entries to open event streams as they happen.
///
/// One task follows the journal with a cursor; each entry is rendered once a language and its bytes are shared by
/// every reader. A reader that comes back with a `Last-Event-ID` first gets what it missed from the journal.
public final class LiveFeed: Sendable {
    /// Renders one entry in one language; nil leaves it out of the feed.
    public typealias Render = @Sendable (Entry, String, Reading) throws -> EventFrame?

    private struct State {
        /// The last entry that was handed out; nil until somebody has asked where the journal stands.
        var cursor: Int64?
        var readers: [String: [Int: EventStream]] = [:]
        var nextKey = 0
    }

    private let database: Database
    private let ledger: Ledger
    private let render: Render
    private let state = Mutex(State())
    /// The most that is replayed to a returning reader; one that missed more is told to reload.
    private let replayLimit: Int

    public init(database: Database, ledger: Ledger, replayLimit: Int = 500, render: @escaping Render) {
        self.database = database
        self.ledger = ledger
        self.render = render
        self.replayLimit = replayLimit
    }

    /// The number of open readers.
    public var readerCount: Int {
        state.withLock { $0.readers.values.reduce(0) { $0 + $1.count } }
    }

    /// Follows the journal until the task is cancelled.
    public func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        _ = try await cursor()
        database.changes { wake.yield() }
        wake.yield()
        for await _ in wakes {
            while try await forward() {}
        }
        closeAll()
    }

    /// Opens a stream for a reader.
    ///
    /// - Parameters:
    ///   - language: the language tag in which entries are rendered.
    ///   - last: the last sequence number that the reader has seen; nil starts with what comes next.
    public func open(language: String, after last: Int64?) async throws -> EventStream {
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        let stream = EventStream(onClose: { [weak self] in self?.forget(key, language) })
        _ = try await cursor()
        guard var seen = last else {
            state.withLock { $0.readers[language, default: [:]][key] = stream }
            return stream
        }
        var replayed = 0
        while true {
            let (joined, cursor) = state.withLock { state in
                let cursor = state.cursor ?? 0
                guard seen >= cursor else { return (false, cursor) }
                state.readers[language, default: [:]][key] = stream
                return (true, cursor)
            }
            if joined { return stream }
            let (frames, reached) = try await frames(after: seen, language: language)
            for frame in frames { stream.send(frame) }
            // Nothing more to read: everything up to the cursor was not for this reader.
            seen = reached == seen ? cursor : reached
            replayed += frames.count
            if replayed >= replayLimit {
                stream.send(EventFrame(id: nil, event: "reload", data: "{}"))
                seen = .max
            }
        }
    }

    /// Closes every stream, for a graceful stop.
    public func closeAll() {
        let readers = state.withLock { state in
            defer { state.readers = [:] }
            return state.readers.values.flatMap(\.values)
        }
        for reader in readers { reader.close() }
    }

    private func frames(after cursor: Int64, language: String) async throws -> ([EventFrame], Int64) {
        let ledger = self.ledger
        let render = self.render
        return try await database.read { reading in
            let entries = try ledger.entries(after: cursor, limit: 100, in: reading)
            let frames = try entries.compactMap { try render($0, language, reading) }
            return (frames, entries.last?.sequence ?? cursor)
        }
    }

    /// Reads what came after the cursor and hands it out; true if there may be more.
    private func forward() async throws -> Bool {
        let ledger = self.ledger
        let render = self.render
        let cursor = try await cursor()
        let languages = state.withLock { $0.readers.filter { !$0.value.isEmpty }.map(\.key) }
        if languages.isEmpty { return try await skip() }
        let (entries, frames) = try await database.read { reading in
            let entries = try ledger.entries(after: cursor, limit: 100, in: reading)
            let frames = try entries.map { entry in
                try languages.reduce(into: [String: EventFrame]()) { $0[$1] = try render(entry, $1, reading) }
            }
            return (entries, frames)
        }
        guard let last = entries.last else { return false }
        let rendered = Set(languages)
        // The cursor moves and the readers are taken in one step: a reader joins either before, and gets these
        // entries from here, or after, and has read them itself.
        let readers = state.withLock { state -> [String: [EventStream]]? in
            guard state.readers.allSatisfy({ rendered.contains($0.key) || $0.value.isEmpty }) else { return nil }
            state.cursor = last.sequence
            return state.readers.mapValues { Array($0.values) }
        }
        guard let readers else { return true }
        for byLanguage in frames {
            for (language, frame) in byLanguage {
                for reader in readers[language] ?? [] { reader.send(frame) }
            }
        }
        return true
    }

    /// Without readers there is nothing to render: the feed moves to the journal's end.
    private func skip() async throws -> Bool {
        let ledger = self.ledger
        let head = try await database.read { try ledger.head(in: $0) }
        // A reader that has come meanwhile keeps the cursor where it was for it.
        return state.withLock { state in
            guard state.readers.values.allSatisfy(\.isEmpty) else { return true }
            state.cursor = max(state.cursor ?? 0, head)
            return false
        }
    }

    /// Where the feed stands; at first, at the journal's end.
    private func cursor() async throws -> Int64 {
        if let cursor = state.withLock({ $0.cursor }) { return cursor }
        let ledger = self.ledger
        let head = try await database.read { try ledger.head(in: $0) }
        return state.withLock { state in
            let cursor = state.cursor ?? head
            state.cursor = cursor
            return cursor
        }
    }

    private func forget(_ key: Int, _ language: String) {
        state.withLock { $0.readers[language]?[key] = nil }
    }
}
