// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup
import Storage

extension AccountSlice {
    @Sendable func ownAccount(_ visit: Visit) async throws -> Reply {
        let signed = try visit.signed()
        let person = try await accounts.person(signed.person)
        let open = try await sessions.sessions(of: signed.person)
        let email = try await accounts.email(of: signed.person)
        return .page(
            OwnAccountPage(person: person, email: email, sessions: open, current: signed.session, words: visit.words)
                .page())
    }

    @Sendable func endSession(_ visit: Visit) async throws -> Reply {
        let signed = try visit.signed()
        let session: ID<Session> = try visit.parameters.get("session")
        try await sessions.end(session, of: signed.person)
        return .seeOther("/account", saying: "sessions.ended")
    }

    @Sendable func endOtherSessions(_ visit: Visit) async throws -> Reply {
        let signed = try visit.signed()
        try await sessions.endOthers(than: signed.session, of: signed.person)
        return .seeOther("/account", saying: "sessions.others.ended")
    }

    /// Everything that is kept about the person, as a file.
    @Sendable func exportData(_ visit: Visit) async throws -> Reply {
        let data = try await accounts.ownData(of: try visit.signed().person)
        var response = try Response.json(data)
        response.headers["Content-Disposition"] = "attachment; filename=\"precinct-account.json\""
        response.headers["Cache-Control"] = "no-store"
        return .response(response)
    }
}

struct OwnAccountPage {
    let person: Person
    let email: String?
    let sessions: [Session]
    let current: ID<Session>
    let words: Words

    func page() -> Page {
        Page(
            words("account.title"), section: .account,
            """
            <h1>\(words("account.title"))</h1>
            <dl class="facts">
            <div><dt>\(words("register.pseudonym"))</dt><dd>\(person.pseudonym)</dd></div>
            <div><dt>\(words("register.name"))</dt><dd>\(person.name) <span class="quiet">\(words("account.name.hidden"))</span></dd></div>
            <div><dt>\(words("register.email"))</dt><dd>\(email ?? words("account.email.none"))</dd></div>
            <div><dt>\(words("account.since"))</dt><dd>\(Times(words).element(person.createdAt))</dd></div>
            </dl>
            <section aria-labelledby="security"><h2 id="security">\(words("account.security"))</h2><ul class="tasks">
            <li><a href="/account/password">\(words("password.title"))</a></li>
            <li><a href="/account/second-factor">\(words("factor.title"))</a>
            <span class="badge \(person.hasSecondFactor ? "on" : "off")">\(words(person.hasSecondFactor ? "factor.on" : "factor.off"))</span></li>
            </ul></section>
            \(openSessions)
            <section aria-labelledby="data"><h2 id="data">\(words("account.data"))</h2><ul class="tasks">
            <li><a href="/account/export">\(words("export.title"))</a> <span class="quiet">\(words("export.hint"))</span></li>
            <li><a href="/account/delete">\(words("delete.title"))</a></li></ul></section>
            <form method="post" action="/sign-out"><button class="button quiet-button">\(words("signout.button"))</button></form>
            """)
    }

    private var openSessions: HTML {
        """
        <section aria-labelledby="sessions"><h2 id="sessions">\(words("sessions.title"))</h2><p>\(words("sessions.lead"))</p>
        <ul class="rows">\(each(sessions) { session in
            """
            <li><div><b>\(session.browser.isEmpty ? words("sessions.unknown") : session.browser)</b>
            \(when(session.id == current) { "<span class=\"badge on\">\(words("sessions.this"))</span>" })
            <p class="quiet">\(words("sessions.begun")) \(Times(words).element(session.createdAt)) · \(words("sessions.seen")) \(Times(words).element(session.seenAt))</p></div>
            \(when(session.id != current) {
                "<form method=\"post\" action=\"/account/sessions/\(session.id.description)/end\"><button class=\"button small quiet-button\">\(words("sessions.end"))</button></form>"
            })</li>
            """
        })</ul>
        \(when(sessions.count > 1) {
            "<form method=\"post\" action=\"/account/sessions/end-others\"><button class=\"button quiet-button\">\(words("sessions.endothers"))</button></form>"
        })</section>
        """
    }
}
