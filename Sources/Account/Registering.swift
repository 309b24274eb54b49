// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup

extension AccountSlice {
    @Sendable func registerForm(_ visit: Visit) async throws -> Reply {
        .page(RegisterPage(input: RegisterInput(blank: visit.words), words: visit.words).page(status: 200))
    }

    @Sendable func register(_ visit: Visit) async throws -> Reply {
        var input = RegisterInput(try visit.form(), words: visit.words)
        guard input.problems.isEmpty else { return .page(RegisterPage(input: input, words: visit.words).page()) }
        do {
            let person = try await accounts.register(input.person)
            let outcome = try await signIn.open(for: person, describedAs: Browser.describe(visit.request))
            return signedIn(outcome, to: "/account", saying: "register.done")
        } catch IdentityProblem.taken(let taken) {
            input.reject(taken, visit.words)
            return .page(RegisterPage(input: input, words: visit.words).page())
        }
    }

    /// Hands the browser its tokens and goes on.
    func signedIn(_ outcome: SignIn.Outcome, to place: String, saying phrase: String?) -> Reply {
        switch outcome {
        case .signedIn(let token, let browser):
            return .seeOther(
                place, saying: phrase,
                cookies: [
                    Cookie(CookieName.session, token, maxAge: 30 * 86_400),
                    Cookie(CookieName.browser, browser, maxAge: 180 * 86_400),
                    Cookie(CookieName.step, "", maxAge: 0)
                ])
        case .secondFactor(let step):
            return .seeOther("/sign-in/code", cookies: [Cookie(CookieName.step, step, maxAge: 600)])
        }
    }
}

struct RegisterPage {
    let input: RegisterInput
    let words: Words

    func page(status: Int = 422) -> Page {
        let controls = Controls(words, input.problems)
        return Page(
            words("register.title"), status: status, section: .account,
            """
            <div class="narrow"><h1>\(words("register.title"))</h1><p class="lead">\(words("register.lead"))</p>
            <form method="post" action="/register" novalidate>\(controls.summary)
            \(controls.input(Field("name", words("register.name"), value: input.name, hint: words("register.name.hint"), autocomplete: "username", maxLength: 40)))
            \(controls.input(Field("pseudonym", words("register.pseudonym"), value: input.pseudonym, hint: words("register.pseudonym.hint"), autocomplete: "nickname", maxLength: 20)))
            \(controls.input(Field("password", words("register.password"), type: "password", hint: words("register.password.hint", ["n": "\(PasswordRules.shortest)"]), autocomplete: "new-password")))
            \(controls.input(Field("email", words("register.email"), value: input.email, type: "email", hint: words("register.email.hint"), autocomplete: "email", maxLength: 254, isOptional: true)))
            <button class="button">\(words("register.button"))</button></form>
            <p>\(words("register.have")) <a href="/sign-in">\(words("signin.title"))</a></p></div>
            """)
    }
}
