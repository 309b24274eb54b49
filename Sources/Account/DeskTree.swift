// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup
import Storage

extension AccountSlice {
    @Sendable func deskTree(_ visit: Visit) async throws -> Reply {
        .page(DeskTreePage(desks: try await directory.all(), words: visit.words).page())
    }
}

/// All desks, each below the one that vouches for it.
struct DeskTreePage {
    let desks: [DeskMention]
    let words: Words

    func page() -> Page {
        let below = Dictionary(grouping: desks) { $0.parent }
        return Page(
            words("desks.title"), tags: [.desks], section: .desks, summary: words("desks.summary"),
            """
            <h1>\(words("desks.title"))</h1>
            <p class="lead">\(words("desks.lead"))</p>
            \(FinderPage.box(words, query: ""))
            \(when(desks.isEmpty) { "<p class=\"empty\">\(words("desks.empty"))</p>" })
            <p class="quiet">\(words.count("desks.count", desks.count))</p>
            <ul class="tree">\(branches(below[nil] ?? [], below))</ul>
            """)
    }

    private func branches(_ desks: [DeskMention], _ below: [ID<Desk>?: [DeskMention]]) -> HTML {
        each(desks) { desk in
            let children = below[desk.id] ?? []
            return """
                <li><div class="branch">\(DeskParts(words: words).link(desk))
                <span class="quiet">\(words("desk.kind.\(desk.kind.rawValue)"))</span></div>
                \(when(!children.isEmpty) { "<ul>\(branches(children, below))</ul>" })</li>
                """
        }
    }
}
