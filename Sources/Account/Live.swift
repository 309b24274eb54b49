// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Journal
import Markup
import Storage

extension AccountSlice {
    @Sendable func live(_ visit: Visit) async throws -> Reply {
        let before = visit.request.query["before"].flatMap { Int64($0) }
        let entries = try await latestEntries(before: before, limit: 51)
        let names = DeskNames(try await directory.all())
        let shown = Array(entries.prefix(50))
        let words = visit.words
        return .page(
            Page(
                words("live.title"), modules: before == nil ? ["live.js"] : [], section: .live,
                """
                <h1>\(words("live.title"))</h1><p class="lead">\(words("live.lead"))
                <a href="/live.json">\(words("live.data"))</a></p>
                \(when(before == nil) {
                    "<p class=\"live-state\" id=\"live-state\" role=\"status\" data-open=\"\(words("live.open"))\" data-lost=\"\(words("live.lost"))\" data-off=\"\(words("live.off"))\">\(words("live.off"))</p>"
                })
                \(LiveParts(words: words, names: names).list(shown))
                \(when(entries.count > 50) {
                    "<p><a class=\"button quiet-button\" href=\"/live?before=\(shown.last?.sequence ?? 0)\">\(words("list.older"))</a></p>"
                })
                """))
    }

    /// The journal as server-sent events; a reader that comes back says what it has seen last.
    @Sendable func liveEvents(_ visit: Visit) async throws -> Reply {
        let seen = visit.request.headers["Last-Event-ID"] ?? visit.request.query["after"]
        let stream = try await feed.open(language: visit.language, after: seen.flatMap { Int64($0) })
        return .response(.events(stream))
    }
}

/// Desks' names by number, for the lines of the journal.
struct DeskNames: Sendable {
    private let desks: [Int64: DeskMention]

    init(_ desks: [DeskMention]) { self.desks = Dictionary(uniqueKeysWithValues: desks.map { ($0.id.rawValue, $0) }) }

    subscript(number: Int64?) -> DeskMention? { number.flatMap { desks[$0] } }
}

/// How journal entries look, in the page and in the stream.
struct LiveParts {
    let words: Words
    let names: DeskNames

    func list(_ entries: [Entry]) -> HTML {
        """
        \(when(entries.isEmpty) { "<p class=\"empty\">\(words("live.empty"))</p>" })
        <ol class="live" id="live" data-last="\(entries.first?.sequence ?? 0)">\(each(entries) { item($0) })</ol>
        """
    }

    func item(_ entry: Entry) -> HTML {
        Self.item(entry, desk: names[entry.desk], words)
    }

    static func item(_ entry: Entry, desk: DeskMention?, _ words: Words) -> HTML {
        """
        <li id="entry-\(entry.sequence)"><p>\(sentence(entry, desk, words))</p>
        <p class="quiet">\(Times(words).element(entry.at)) · \(words("live.number", ["n": String(entry.sequence)]))</p></li>
        """
    }

    private static func sentence(_ entry: Entry, _ desk: DeskMention?, _ words: Words) -> HTML {
        // Without a unit in front, a sentence has to stand by itself.
        let kind = "live.kind.\(entry.kind.rawValue)"
        let key = desk == nil && words.has(kind + ".city") ? kind + ".city" : kind
        let said = words(
            words.has(key) ? key : "live.kind.other",
            [
                "role": entry.facts["role"].map { words("role.\($0)") } ?? "",
                "state": entry.facts["state"].map { words("desk.state.\($0)") } ?? ""
            ])
        guard let desk else { return "\(said)" }
        return "<a href=\"/@\(desk.handle)\">\(DeskParts(words: words).localized(desk.name))</a> \(said)"
    }
}

/// Renders one journal entry for the live feed.
public enum LiveRendering {
    /// - Returns: the function that the feed calls once an entry and language.
    public static func render(_ languages: Languages) -> LiveFeed.Render {
        { entry, language, reading in
            let desk = try entry.desk.flatMap { try Directory.desk(numbered: $0, in: reading) }
            let html = LiveParts.item(entry, desk: desk, languages[language])
            return EventFrame(id: String(entry.sequence), event: "entry", data: html.description)
        }
    }
}
