// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Journal
import Markup
import Media

extension AccountSlice {
    @Sendable func deskPage(_ visit: Visit) async throws -> Reply {
        let surroundings = try await directory.surroundings(of: visit.handle)
        let shown = try await pictures.details(surroundings.desk.pictures)
        return .page(DeskView(at: surroundings, pictures: shown, visit: visit).page())
    }
}

/// A desk as the public sees it.
struct DeskView {
    let at: Surroundings
    let pictures: [PictureDetails]
    let visit: Visit
    private var desk: Desk { at.desk }
    private var words: Words { visit.words }
    private var parts: DeskParts { DeskParts(words: words) }

    init(at: Surroundings, pictures: [PictureDetails], visit: Visit) {
        self.at = at
        self.pictures = pictures
        self.visit = visit
    }

    func page() -> Page {
        let name = desk.page.name[words.language]
        let tags: [Tag] = [.desk(desk.id), .below(desk.id)] + (at.above + at.below).map { .mention(of: $0.id) }
        return Page(
            name, tags: tags, section: .desks, summary: desk.page.jurisdiction[words.language],
            """
            \(parts.trail(at.above, name))
            \(heading)
            \(stateNotice)
            <div class="columns desk"><div>
            \(facts)
            \(parts.numbers(desk.page.numbers, heading: words("desk.numbers")))
            </div><div>
            \(introduction)
            \(officers)
            \(places)
            \(below)
            </div></div>
            \(keepers)
            <p class="quiet"><a href="/@\(desk.handle)/history">\(words("desk.history"))</a> ·
            \(words("desk.edited")) \(Times(words).element(desk.editedAt))</p>
            """)
    }

    private var heading: HTML {
        let by = desk.vouching?.by.flatMap { id in at.above.first { $0.id == id } }
        return """
            <header class="desk-head"><h1>\(parts.localized(desk.page.name))</h1>
            <p class="marks">\(parts.mark(desk.mention))<span class="quiet">@\(desk.handle) · \(words("desk.kind.\(desk.kind.rawValue)"))</span></p>
            \(some(desk.vouching) { vouching in
                "<p class=\"vouched\">\(voucher(by)) · \(Times(words).element(vouching.since))</p>"
            })</header>
            """
    }

    private func voucher(_ by: DeskMention?) -> String {
        words("desk.vouchedby", ["by": by?.name[words.language] ?? visit.city.force[words.language]])
    }

    private var stateNotice: HTML {
        guard desk.state != .open || !desk.isVerified else { return .empty }
        let key = desk.isVerified ? "desk.notice.\(desk.state.rawValue)" : "desk.notice.unverified"
        return "<p class=\"notice caution\">\(Icon.html("warning"))\(words(key))</p>"
    }

    private var facts: HTML {
        """
        <section aria-labelledby="facts"><h2 id="facts">\(words("desk.facts"))</h2><dl class="facts">
        \(fact("desk.phone", desk.page.phone.isEmpty ? .empty
            : "<a class=\"phone\" href=\"\(url: "tel:" + desk.page.phone.dialled)\">\(desk.page.phone)</a>"))
        \(fact("desk.hours", parts.localized(desk.page.hours)))
        \(fact("desk.address", address))
        \(fact("desk.jurisdiction", parts.localized(desk.page.jurisdiction)))
        </dl></section>
        """
    }

    private var address: HTML {
        guard let latitude = desk.page.latitude, let longitude = desk.page.longitude else {
            return parts.localized(desk.page.address)
        }
        return """
            \(parts.localized(desk.page.address)) <a class="quiet" href="\(url: "https://www.openstreetmap.org/?mlat=\(latitude)&mlon=\(longitude)")" rel="noopener">\(words("desk.map"))</a>
            """
    }

    private func fact(_ key: String, _ value: HTML) -> HTML {
        when(!value.isEmpty) { "<div><dt>\(words(key))</dt><dd>\(value)</dd></div>" }
    }

    private var introduction: HTML {
        """
        \(parts.prose(desk.page.intro))
        \(each(pictures) { picture in
            """
            <img class="desk-picture" src="/pictures/\(picture.id)/800" srcset="/pictures/\(picture.id)/320 320w, /pictures/\(picture.id)/800 800w" sizes="(max-width: 720px) 100vw, 600px" width="\(picture.width)" height="\(picture.height)" alt="\(picture.alt)" loading="lazy">
            """
        })
        """
    }

    private var officers: HTML {
        """
        <section aria-labelledby="officers"><h2 id="officers">\(words("desk.officers"))</h2>
        \(when(at.officers.isEmpty) { "<p class=\"empty\">\(words("desk.officers.empty"))</p>" })
        <ul class="officers">\(each(at.officers) { officer($0) })</ul></section>
        """
    }

    private func officer(_ duty: Duty) -> HTML {
        """
        <li><b>\(duty.publicName ?? words("desk.officer.code", ["code": duty.shiftCode]))</b>
        <span>\(duty.beat.isEmpty ? words("role.\(duty.role.rawValue)") : words("desk.officer.beat"))</span>
        \(when(!duty.beat.isEmpty) { "<span class=\"quiet\">\(parts.localized(duty.beat))</span>" })</li>
        """
    }

    private var places: HTML {
        guard !at.places.isEmpty else { return .empty }
        return """
            <section aria-labelledby="places"><h2 id="places">\(words("desk.places"))</h2><ul class="chips">
            \(each(at.places) { "<li>\(parts.localized($0.name))</li>" })</ul></section>
            """
    }

    private var below: HTML {
        guard !at.below.isEmpty else { return .empty }
        return """
            <section aria-labelledby="below"><h2 id="below">\(words("desk.below"))</h2><ul class="desk-list">
            \(each(at.below) { "<li>\(parts.link($0))</li>" })</ul></section>
            """
    }

    private var keepers: HTML {
        guard visit.principal.acting != nil else { return .empty }
        return parts.keeperTabs(desk, "", visit.principal)
    }
}
