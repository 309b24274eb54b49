// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Frame
import HTTP
import Identity
import Markup
import Media

extension AccountSlice {
    @Sendable func secondFactor(_ visit: Visit) async throws -> Reply {
        .page(try await factorPage(visit, FieldProblems(), status: 200))
    }

    @Sendable func confirmSecondFactor(_ visit: Visit) async throws -> Reply {
        var problems = FieldProblems()
        do {
            let codes = try await accounts.confirmSecondFactor(
                of: try visit.signed().person, code: try visit.form().text("code"))
            return .page(codesPage(codes, visit.words))
        } catch IdentityProblem.wrongCredentials {
            problems.add("code", visit.words("code.error.wrong"))
            return .page(try await factorPage(visit, problems, status: 422))
        }
    }

    @Sendable func removeSecondFactor(_ visit: Visit) async throws -> Reply {
        do {
            try await accounts.removeSecondFactor(
                of: try visit.signed().person, password: try visit.form()["password"] ?? "")
            return .seeOther("/account", saying: "factor.removed")
        } catch IdentityProblem.wrongCredentials {
            return .page(try await factorPage(visit, Self.wrongPassword(visit.words), status: 422))
        }
    }

    @Sendable func renewCodes(_ visit: Visit) async throws -> Reply {
        do {
            let codes = try await accounts.renewRecoveryCodes(
                of: try visit.signed().person, password: try visit.form()["password"] ?? "")
            return .page(codesPage(codes, visit.words))
        } catch IdentityProblem.wrongCredentials {
            return .page(try await factorPage(visit, Self.wrongPassword(visit.words), status: 422))
        }
    }

    private static func wrongPassword(_ words: Words) -> FieldProblems {
        var problems = FieldProblems()
        problems.add("password", words("password.error.wrong"))
        return problems
    }

    private func factorPage(_ visit: Visit, _ problems: FieldProblems, status: Int) async throws -> Page {
        let signed = try visit.signed()
        let person = try await accounts.person(signed.person)
        let words = visit.words
        let body: HTML
        if person.hasSecondFactor {
            let left = try await accounts.recoveryCodesLeft(of: person.id)
            body = Self.factorOn(left, Controls(words, problems), words)
        } else {
            let totp = try await accounts.offerSecondFactor(to: person.id)
            let uri = totp.uri(issuer: visit.city.force[words.language], account: person.name)
            let code = try QRCode(uri).svg(title: words("factor.qr"))
            body = Self.factorOff(code, totp.readableSecret, Controls(words, problems), words)
        }
        return Page(
            words("factor.title"), status: status, section: .account,
            """
            <div class="narrow"><p class="trail"><a href="/account">\(words("account.title"))</a></p>
            <h1>\(words("factor.title"))</h1>\(body)</div>
            """)
    }

    private static func factorOff(_ code: HTML, _ secret: String, _ controls: Controls, _ words: Words) -> HTML {
        """
        <p class="lead">\(words("factor.lead"))</p>
        <form method="post" action="/account/second-factor" novalidate>\(controls.summary)
        <ol class="steps"><li><p>\(words("factor.step.app"))</p></li>
        <li><p>\(words("factor.step.scan"))</p><div class="qr">\(code)</div>
        <p>\(words("factor.step.type")) <code class="secret">\(secret)</code></p></li>
        <li>\(controls.input(Field("code", words("factor.step.code"), autocomplete: "one-time-code", inputMode: "numeric", maxLength: 7)))</li></ol>
        <button class="button">\(words("factor.button"))</button></form>
        """
    }

    private static func factorOn(_ left: Int, _ controls: Controls, _ words: Words) -> HTML {
        """
        <p class="notice">\(Icon.html("check"))\(words("factor.ison"))</p><p>\(words.count("factor.left", left))</p>
        <form method="post" action="/account/second-factor/codes" novalidate>\(controls.summary)
        <h2>\(words("factor.change"))</h2>
        \(controls.input(Field("password", words("delete.password"), type: "password", autocomplete: "current-password")))
        <p class="buttons"><button class="button">\(words("factor.renew"))</button>
        <button class="button danger" formaction="/account/second-factor/remove">\(words("factor.remove"))</button></p></form>
        """
    }

    /// The recovery codes, shown this once.
    private func codesPage(_ codes: [String], _ words: Words) -> Page {
        Page(
            words("codes.title"), section: .account,
            """
            <div class="narrow"><h1>\(words("codes.title"))</h1><p class="lead">\(words("codes.lead"))</p>
            <ul class="codes">\(each(codes) { "<li><code>\($0)</code></li>" })</ul>
            <p>\(words("codes.once"))</p><p><a class="button" href="/account">\(words("codes.done"))</a></p></div>
            """)
    }
}
