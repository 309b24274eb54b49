// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup

extension AccountSlice {
    @Sendable func search(_ visit: Visit) async throws -> Reply {
        let query = String(visit.request.query.text("q").prefix(100))
        let desks = query.isEmpty ? [] : try await directory.search(query)
        return .page(FinderPage(words: visit.words).desks(desks, query))
    }

    @Sendable func stations(_ visit: Visit) async throws -> Reply {
        let place = String(visit.request.query.text("place").prefix(100))
        let found = place.isEmpty ? [] : try await directory.stations(for: place)
        return .page(FinderPage(words: visit.words).stations(found, place))
    }
}

/// Finding a desk by its name, and one's station by a place.
struct FinderPage {
    let words: Words
    private var parts: DeskParts { DeskParts(words: words) }

    static func box(_ words: Words, query: String) -> HTML {
        """
        <form class="search" role="search" action="/search"><label for="q">\(words("search.label"))</label>
        <div class="search-row"><input id="q" name="q" type="search" value="\(query)" maxlength="100" required>
        <button class="button">\(words("search.button"))</button></div></form>
        """
    }

    func desks(_ desks: [Desk], _ query: String) -> Page {
        let title = query.isEmpty ? words("search.title") : words("search.results", ["query": query])
        return Page(
            title, section: .desks,
            """
            <h1>\(words("search.title"))</h1>
            \(Self.box(words, query: query))
            \(when(!query.isEmpty) { "<p role=\"status\">\(words.count("search.count", desks.count))</p>" })
            \(when(desks.isEmpty && !query.isEmpty) { "<p class=\"empty\">\(words("search.empty"))</p>" })
            <ul class="results">\(each(desks) { desk in
                """
                <li>\(parts.link(desk.mention))<p class="quiet">\(parts.localized(desk.page.jurisdiction))</p></li>
                """
            })</ul>
            """)
    }

    func stations(_ found: [(Place, Desk)], _ place: String) -> Page {
        Page(
            place.isEmpty ? words("stations.title") : words("stations.results", ["place": place]), section: .stations,
            """
            <h1>\(words("stations.title"))</h1><p class="lead">\(words("stations.lead"))</p>
            <form class="search" role="search" action="/stations"><label for="place">\(words("stations.label"))</label>
            <div class="search-row"><input id="place" name="place" type="search" value="\(place)" maxlength="100" required>
            <button class="button">\(words("stations.button"))</button></div></form>
            \(when(!place.isEmpty) { "<p role=\"status\">\(words.count("stations.count", found.count))</p>" })
            \(when(found.isEmpty && !place.isEmpty) { "<p class=\"empty\">\(words("stations.empty"))</p>" })
            <ul class="results">\(each(found) { place, desk in
                """
                <li><p><b>\(parts.localized(place.name))</b> <span class="quiet">\(words("place.kind.\(place.kind.rawValue)"))</span></p>
                <p>\(parts.link(desk.mention))</p>
                <p class="quiet">\(parts.localized(desk.page.address)) \(phone(desk))</p></li>
                """
            })</ul>
            """)
    }

    private func phone(_ desk: Desk) -> HTML {
        when(!desk.page.phone.isEmpty) {
            "<a href=\"\(url: "tel:" + desk.page.phone.dialled)\">\(desk.page.phone)</a>"
        }
    }
}
