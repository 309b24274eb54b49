// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Markup

/// The page that says what went wrong and what to do next.
enum ProblemPages {
    /// - Parameter retry: the address and fields of a form that could not be acted on; they are offered again.
    static func page(_ problem: Explained, words: Words, retry: (String, Form)? = nil) -> Page {
        let values = problem.values
        func filled(_ key: String) -> String {
            values.reduce(words(key)) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
        let title = filled(problem.phrase + ".title")
        return Page(
            title, status: problem.status,
            """
            <div class="narrow"><p class="status-code">\(problem.status)</p>
            <h1>\(title)</h1><p class="lead">\(filled(problem.phrase + ".text"))</p>
            \(some(retry) { again($0.0, $0.1, words) })
            <p><a href="/">\(words("error.home"))</a></p></div>
            """)
    }

    /// Passwords are not written into a page: those fields the person types again.
    private static func again(_ target: String, _ form: Form, _ words: Words) -> HTML {
        let kept = form.pairs.filter { !$0.name.contains("password") && !$0.name.contains("code") }
        return """
            <p>\(words("error.kept"))</p>
            <form method="post" action="\(url: target)">
            \(each(kept) { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">" })
            <button class="button">\(words("error.again"))</button></form>
            """
    }
}
