// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup

extension AccountSlice {
    @Sendable func passwordForm(_ visit: Visit) async throws -> Reply {
        .page(passwordPage(visit, FieldProblems(), status: 200))
    }

    @Sendable func changePassword(_ visit: Visit) async throws -> Reply {
        let signed = try visit.signed()
        let form = try visit.form()
        let (old, new) = (form["old-password"] ?? "", form["new-password"] ?? "")
        var problems = FieldProblems()
        if old.isEmpty { problems.add("old-password", visit.words("password.error.old")) }
        let person = try await accounts.person(signed.person)
        PasswordRules.check(new, name: person.name, field: "new-password", visit.words, &problems)
        guard problems.isEmpty else { return .page(passwordPage(visit, problems, status: 422)) }
        do {
            try await accounts.changePassword(of: signed.person, from: old, to: new, keeping: signed.session)
            return .seeOther("/account", saying: "password.done")
        } catch IdentityProblem.wrongCredentials {
            problems.add("old-password", visit.words("password.error.wrong"))
            return .page(passwordPage(visit, problems, status: 422))
        }
    }

    @Sendable func deleteForm(_ visit: Visit) async throws -> Reply {
        .page(deletePage(visit, FieldProblems(), status: 200))
    }

    @Sendable func deleteAccount(_ visit: Visit) async throws -> Reply {
        var problems = FieldProblems()
        do {
            try await accounts.delete(try visit.signed().person, password: try visit.form()["password"] ?? "")
            return .seeOther(
                "/", saying: "delete.done",
                cookies: [Cookie(CookieName.session, "", maxAge: 0), Cookie(CookieName.browser, "", maxAge: 0)])
        } catch IdentityProblem.wrongCredentials {
            problems.add("password", visit.words("password.error.wrong"))
        } catch IdentityProblem.holdsDuties {
            problems.add("", visit.words("delete.error.duties"))
        }
        return .page(deletePage(visit, problems, status: 422))
    }

    private func passwordPage(_ visit: Visit, _ problems: FieldProblems, status: Int) -> Page {
        let words = visit.words
        let controls = Controls(words, problems)
        return Page(
            words("password.title"), status: status, section: .account,
            """
            <div class="narrow"><p class="trail"><a href="/account">\(words("account.title"))</a></p>
            <h1>\(words("password.title"))</h1><p class="lead">\(words("password.lead"))</p>
            <form method="post" action="/account/password" novalidate>\(controls.summary)
            \(controls.input(Field("old-password", words("password.old"), type: "password", autocomplete: "current-password")))
            \(controls.input(Field("new-password", words("password.new"), type: "password", hint: words("register.password.hint", ["n": "\(PasswordRules.shortest)"]), autocomplete: "new-password")))
            <button class="button">\(words("password.button"))</button></form></div>
            """)
    }

    private func deletePage(_ visit: Visit, _ problems: FieldProblems, status: Int) -> Page {
        let words = visit.words
        let controls = Controls(words, problems)
        return Page(
            words("delete.title"), status: status, section: .account,
            """
            <div class="narrow"><p class="trail"><a href="/account">\(words("account.title"))</a></p>
            <h1>\(words("delete.title"))</h1><p class="lead">\(words("delete.lead"))</p>
            <ul><li>\(words("delete.gone"))</li><li>\(words("delete.stays"))</li></ul>
            <form method="post" action="/account/delete" novalidate>\(controls.summary)
            \(controls.input(Field("password", words("delete.password"), type: "password", autocomplete: "current-password")))
            <button class="button danger">\(words("delete.button"))</button></form></div>
            """)
    }
}
