// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Journal
import Markup

extension AccountSlice {
    @Sendable func home(_ visit: Visit) async throws -> Reply {
        let desks = try await directory.all()
        let entries = try await latestEntries(limit: 6)
        return .page(
            HomePage(desks: desks, entries: entries, names: DeskNames(desks), hints: signInHints, visit: visit).page())
    }

    func latestEntries(before: Int64? = nil, desk: Int64? = nil, limit: Int) async throws -> [Entry] {
        let ledger = self.ledger
        return try await database.read { try ledger.latest(before: before, desk: desk, limit: limit, in: $0) }
    }
}

struct HomePage {
    let desks: [DeskMention]
    let entries: [Entry]
    let names: DeskNames
    let hints: [SignInHint]
    let visit: Visit
    private var words: Words { visit.words }
    private var parts: DeskParts { DeskParts(words: words) }

    /// The demo city's first screen lets one be anybody.
    private var demo: HTML {
        """
        <section class="notice" aria-labelledby="demo"><h2 id="demo">\(words("demo.title"))</h2><p>\(words("demo.text"))</p>
        <ul class="buttons">\(each(hints) { hint in
            """
            <li><form method="post" action="/sign-in"><input type="hidden" name="name" value="\(hint.name)"><input type="hidden" name="password" value="\(hint.password)">
            <button class="button small quiet-button" title="\(hint.note[words.language])">\(hint.name)</button></form></li>
            """
        })</ul><p><a href="/sign-in">\(words("demo.all"))</a></p></section>
        """
    }

    func page() -> Page {
        let bureau = desks.first { $0.parent == nil }
        let first = desks.filter { $0.parent != nil && $0.parent == bureau?.id && $0.state != .closed }
        return Page(
            words("home.title", ["city": visit.city.name[words.language]]), tags: [.desks, .journal],
            modules: ["live.js"], section: .home, summary: words("home.summary"),
            """
            \(when(!hints.isEmpty) { demo })
            <div class="hero"><h1>\(words("home.heading"))</h1>
            <form class="search" role="search" action="/search"><label for="q">\(words("search.label"))</label>
            <div class="search-row"><input id="q" name="q" type="search" placeholder="\(words("search.example"))" required>
            <button class="button">\(Icon.html("search"))\(words("search.button"))</button></div></form>
            <ul class="ways">
            <li><a href="/stations">\(Icon.html("place"))<b>\(words("home.station"))</b><span>\(words("home.station.hint"))</span></a></li>
            <li><a href="/desks">\(Icon.html("tree"))<b>\(words("home.desks"))</b><span>\(words("home.desks.hint", ["n": String(desks.count)]))</span></a></li>
            <li><a href="/live">\(Icon.html("live"))<b>\(words("home.live"))</b><span>\(words("home.live.hint"))</span></a></li>
            </ul></div>
            <div class="columns"><div>
            \(parts.numbers(visit.city.numbers, heading: words("home.numbers")))
            </div><div>
            <section aria-labelledby="main-desks"><h2 id="main-desks">\(words("home.main"))</h2>
            \(when(desks.isEmpty) { "<p class=\"empty\">\(words("desks.empty"))</p>" })
            <ul class="desk-list">\(some(bureau) { "<li class=\"chief\">\(parts.link($0))</li>" })
            \(each(first) { "<li>\(parts.link($0))</li>" })</ul></section>
            </div></div>
            <section aria-labelledby="record"><h2 id="record">\(words("home.record"))</h2>
            \(LiveParts(words: words, names: names).list(entries))
            <p><a href="/live">\(words("home.record.all"))</a></p></section>
            """)
    }
}
