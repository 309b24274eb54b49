// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup
import Storage

extension AccountSlice {
    @Sendable func chooseDuty(_ visit: Visit) async throws -> Reply {
        let duties = try await appointments.duties(of: try visit.signed().person)
        let words = visit.words
        let parts = DeskParts(words: words)
        return .page(
            Page(
                words("duty.title"), section: .duty,
                """
                <h1>\(words("duty.title"))</h1><p class="lead">\(words("duty.lead"))</p>
                \(when(duties.isEmpty) { "<p class=\"empty\">\(words("duty.empty"))</p>" })
                <ul class="rows">\(each(duties) { duty, desk in
                    """
                    <li><div><b>\(desk.map { parts.localized($0.page.name) } ?? "\(visit.city.name[words.language])")</b>
                    <p class="quiet">\(words("role.\(duty.role.rawValue)")) · \(duty.publicName ?? duty.shiftCode)</p></div>
                    \(duty.id == visit.principal.acting?.duty ? here(words) : take(duty, words))</li>
                    """
                })</ul>
                """))
    }

    private func here(_ words: Words) -> HTML { "<span class=\"badge on\">\(words("duty.here"))</span>" }

    private func take(_ duty: Duty, _ words: Words) -> HTML {
        """
        <form method="post" action="/duty"><input type="hidden" name="duty" value="\(duty.id.description)">
        <button class="button small">\(words("duty.take"))</button></form>
        """
    }

    @Sendable func takeDuty(_ visit: Visit) async throws -> Reply {
        guard let duty = ID<Duty>(try visit.form().text("duty")) else { throw HTTPProblem.badRequest("no duty") }
        let signed = try visit.signed()
        let token = try await sessions.act(on: duty, signed)
        let taken = try await appointments.duties(of: signed.person).first { $0.0.id == duty }
        let place = taken?.1.map { "/@\($0.handle)/work" } ?? (taken?.0.role == .operator ? "/city" : "/duty")
        return .seeOther(place, saying: "duty.taken", cookies: [Cookie(CookieName.session, token, maxAge: 12 * 3600)])
    }

    @Sendable func leaveDuty(_ visit: Visit) async throws -> Reply {
        let token = try await sessions.act(on: nil, try visit.signed())
        return .seeOther("/", saying: "duty.left", cookies: [Cookie(CookieName.session, token, maxAge: 30 * 86_400)])
    }

    /// The desk's workspace. Each slice that brings work adds its frame here; today there is the desk itself.
    @Sendable func work(_ visit: Visit) async throws -> Reply {
        let desk = try await directory.desk(visit.handle)
        let ledger = self.ledger
        let audience = visit.principal.audience
        let entries = try await database.read {
            try ledger.latest(desk: desk.id.rawValue, audience: audience, limit: 20, in: $0)
        }
        let words = visit.words
        let parts = DeskParts(words: words)
        let names = DeskNames([desk.mention])
        return .page(
            Page(
                words("work.title", ["desk": desk.page.name[words.language]]), section: .duty, isWorkplace: true,
                """
                \(parts.keeperTabs(desk, "work", visit.principal))
                <h1>\(words("work.heading"))</h1><p class="marks">\(parts.mark(desk.mention))</p>
                <div class="panes"><section aria-labelledby="inbox"><h2 id="inbox">\(words("work.inbox"))</h2>
                <p class="empty">\(words("work.inbox.empty"))</p></section>
                <section aria-labelledby="drafts"><h2 id="drafts">\(words("work.bulletins"))</h2>
                <p class="empty">\(words("work.bulletins.empty"))</p></section>
                <section aria-labelledby="acts"><h2 id="acts">\(words("work.record"))</h2>
                \(LiveParts(words: words, names: names).list(entries))</section></div>
                """))
    }
}
