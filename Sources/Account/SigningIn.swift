// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup

extension AccountSlice {
    @Sendable func signInForm(_ visit: Visit) async throws -> Reply {
        if visit.principal.signed != nil { return .seeOther("/account") }
        let next = visit.request.query.text("next")
        return .page(SignInPage(words: visit.words, hints: signInHints).page(name: "", next: next, status: 200))
    }

    @Sendable func startSession(_ visit: Visit) async throws -> Reply {
        let form = try visit.form()
        let (name, next) = (form.text("name"), form.text("next"))
        var problems = FieldProblems()
        if name.isEmpty { problems.add("name", visit.words("signin.error.name")) }
        if form["password"]?.isEmpty ?? true { problems.add("password", visit.words("signin.error.password")) }
        let page = SignInPage(words: visit.words, hints: signInHints)
        guard problems.isEmpty, name.count <= 200, let password = form["password"], password.utf8.count <= 1024 else {
            return .page(page.page(name: name, next: next, problems: problems, status: 422))
        }
        do {
            let outcome = try await signIn.signIn(
                name: name, password: password, address: visit.request.address,
                browser: visit.request.cookies[CookieName.browser], describedAs: Browser.describe(visit.request))
            return signedIn(outcome, to: Self.place(next), saying: nil)
        } catch IdentityProblem.wrongCredentials {
            problems.add("password", visit.words("signin.error.wrong"))
            return .page(page.page(name: name, next: next, problems: problems, status: 422))
        }
    }

    @Sendable func codeForm(_ visit: Visit) async throws -> Reply {
        guard visit.request.cookies[CookieName.step] != nil else { return .seeOther("/sign-in") }
        return .page(SignInPage(words: visit.words, hints: []).code(status: 200))
    }

    @Sendable func confirmCode(_ visit: Visit) async throws -> Reply {
        guard let step = visit.request.cookies[CookieName.step] else { return .seeOther("/sign-in") }
        do {
            let outcome = try await signIn.confirm(
                step: step, code: try visit.form().text("code"), describedAs: Browser.describe(visit.request))
            return signedIn(outcome, to: "/account", saying: nil)
        } catch IdentityProblem.wrongCredentials {
            var problems = FieldProblems()
            problems.add("code", visit.words("code.error.wrong"))
            return .page(SignInPage(words: visit.words, hints: []).code(problems: problems, status: 422))
        } catch IdentityProblem.expired {
            return .seeOther(
                "/sign-in", saying: "code.error.expired", cookies: [Cookie(CookieName.step, "", maxAge: 0)])
        }
    }

    @Sendable func signOut(_ visit: Visit) async throws -> Reply {
        let signed = try visit.signed()
        try await sessions.end(signed.session, of: signed.person)
        return .seeOther("/", saying: "signout.done", cookies: [Cookie(CookieName.session, "", maxAge: 0)])
    }

    /// A place on this site to go on to; the account's page for anything else.
    static func place(_ next: String) -> String {
        next.hasPrefix("/") && SafeURL.isOwnPlace(next) && !next.hasPrefix("/sign-") ? next : "/account"
    }
}

/// A sign-in that the demo shows to everybody.
public struct SignInHint: Sendable {
    public let name: String
    public let password: String
    public let note: Localized

    public init(name: String, password: String, note: Localized) {
        self.name = name
        self.password = password
        self.note = note
    }
}

struct SignInPage {
    let words: Words
    let hints: [SignInHint]

    func page(name: String, next: String, problems: FieldProblems = FieldProblems(), status: Int) -> Page {
        let controls = Controls(words, problems)
        return Page(
            words("signin.title"), status: status, section: .account,
            """
            <div class="narrow"><h1>\(words("signin.title"))</h1>
            <form method="post" action="/sign-in" novalidate>\(controls.summary)
            <input type="hidden" name="next" value="\(next)">
            \(controls.input(Field("name", words("register.name"), value: name, autocomplete: "username")))
            \(controls.input(Field("password", words("register.password"), type: "password", autocomplete: "current-password")))
            <button class="button">\(words("signin.button"))</button></form>
            <p>\(words("signin.none")) <a href="/register">\(words("register.title"))</a></p></div>
            \(when(!hints.isEmpty) { demo })
            """)
    }

    private var demo: HTML {
        """
        <section aria-labelledby="demo" class="demo"><h2 id="demo">\(words("demo.title"))</h2><p>\(words("demo.text"))</p>
        <table class="stack"><thead><tr><th scope="col">\(words("register.name"))</th><th scope="col">\(words("register.password"))</th>
        <th scope="col">\(words("demo.note"))</th><th scope="col">\(words("signin.title"))</th></tr></thead><tbody>
        \(each(hints) { hint in
            """
            <tr><td data-label="\(words("register.name"))"><code>\(hint.name)</code></td>
            <td data-label="\(words("register.password"))"><code>\(hint.password)</code></td>
            <td data-label="\(words("demo.note"))">\(hint.note[words.language])</td>
            <td><form method="post" action="/sign-in"><input type="hidden" name="name" value="\(hint.name)"><input type="hidden" name="password" value="\(hint.password)">
            <button class="button small quiet-button">\(words("demo.as", ["name": hint.name]))</button></form></td></tr>
            """
        })</tbody></table></section>
        """
    }

    func code(problems: FieldProblems = FieldProblems(), status: Int) -> Page {
        let controls = Controls(words, problems)
        return Page(
            words("code.title"), status: status, section: .account,
            """
            <div class="narrow"><h1>\(words("code.title"))</h1><p class="lead">\(words("code.lead"))</p>
            <form method="post" action="/sign-in/code" novalidate>\(controls.summary)
            \(controls.input(Field("code", words("code.label"), hint: words("code.hint"), autocomplete: "one-time-code", maxLength: 20)))
            <button class="button">\(words("signin.button"))</button></form>
            <p><a href="/sign-in">\(words("code.back"))</a></p></div>
            """)
    }
}
