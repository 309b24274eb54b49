// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup

extension AccountSlice {
    @Sendable func children(_ visit: Visit) async throws -> Reply {
        .page(try await childrenPage(visit, nil, handleText: "", problems: FieldProblems(), status: 200))
    }

    @Sendable func createChild(_ visit: Visit) async throws -> Reply {
        let form = try visit.form()
        let words = visit.words
        let handle = form.text("handle").lowercased()
        let blank = DeskPage(name: Localized())
        let input = DeskInput(form, on: blank, languages: visit.city.languages, words: words)
        var problems = FieldProblems()
        if !Handles.isValid(handle) { problems.add("handle", words("child.error.handle")) }
        for problem in input.problems.list { problems.add(problem.field, problem.text) }
        guard problems.isEmpty, let kind = Desk.Kind(rawValue: form.text("kind")) else {
            return .page(try await childrenPage(visit, input, handleText: handle, problems: problems, status: 422))
        }
        do {
            try await directory.create(
                handle, kind: kind, page: input.page, below: visit.handle, by: visit.principal)
            return .seeOther("/@\(handle)", saying: "child.created")
        } catch IdentityProblem.taken(_) {
            problems.add("handle", words("child.error.taken"))
            return .page(try await childrenPage(visit, input, handleText: handle, problems: problems, status: 422))
        }
    }

    @Sendable func vouch(_ visit: Visit) async throws -> Reply {
        try await directory.vouch(for: visit.handle, by: visit.principal)
        return .seeOther(try await parentPlace(visit), saying: "child.vouched")
    }

    @Sendable func unvouch(_ visit: Visit) async throws -> Reply {
        try await directory.unvouch(for: visit.handle, by: visit.principal)
        return .seeOther(try await parentPlace(visit), saying: "child.unvouched")
    }

    @Sendable func changeState(_ visit: Visit) async throws -> Reply {
        guard let state = Desk.State(rawValue: try visit.form().text("state")) else {
            throw HTTPProblem.badRequest("no such state")
        }
        try await directory.change(visit.handle, to: state, by: visit.principal)
        return .seeOther(try await parentPlace(visit), saying: "child.state")
    }

    private func parentPlace(_ visit: Visit) async throws -> String {
        let at = try await directory.surroundings(of: visit.handle)
        return at.above.last.map { "/@\($0.handle)/children" } ?? "/@\(at.desk.handle)"
    }

    private func childrenPage(
        _ visit: Visit, _ input: DeskInput?, handleText: String, problems: FieldProblems, status: Int
    ) async throws -> Page {
        let at = try await directory.surroundings(of: visit.handle)
        let words = visit.words
        let controls = Controls(words, problems)
        let kinds = Desk.Kind.allCases.filter { $0 != .bureau }
        return Page(
            words("child.title", ["desk": at.desk.page.name[words.language]]), status: status, section: .duty,
            isWorkplace: true,
            """
            \(DeskParts(words: words).keeperTabs(at.desk, "children", visit.principal))
            <h1>\(words("child.heading"))</h1>
            \(when(at.below.isEmpty) { "<p class=\"empty\">\(words("child.empty"))</p>" })
            <ul class="rows">\(each(at.below) { child($0, words) })</ul>
            <section aria-labelledby="new"><h2 id="new">\(words("child.new"))</h2><p>\(words("child.lead"))</p>
            <form method="post" action="/@\(at.desk.handle)/children" novalidate>\(controls.summary)
            \(controls.input(Field("handle", words("child.handle"), value: handleText, hint: words("child.handle.hint"), maxLength: 30)))
            \(controls.select(Field("kind", words("child.kind"), value: input?.form.text("kind") ?? "station"), kinds.map { ($0.rawValue, words("desk.kind.\($0.rawValue)")) }))
            \(DeskFields(words: words, languages: visit.city.languages, controls: controls).html(input?.page ?? DeskPage(name: Localized())))
            <button class="button">\(words("child.button"))</button></form></section>
            """)
    }

    private func vouching(_ desk: DeskMention, _ words: Words) -> HTML {
        guard desk.isVerified else {
            return """
                <form method="post" action="/@\(desk.handle)/vouch"><button class="button small">\(words("child.vouch"))</button></form>
                """
        }
        return """
            <form method="post" action="/@\(desk.handle)/unvouch"><button class="button small danger">\(words("child.unvouch"))</button></form>
            """
    }

    private func child(_ desk: DeskMention, _ words: Words) -> HTML {
        """
        <li><div>\(DeskParts(words: words).link(desk))<p class="quiet">@\(desk.handle) · \(words("desk.state.\(desk.state.rawValue)"))</p></div>
        <div class="buttons">
        \(vouching(desk, words))
        \(each(desk.state.next) { state in
            """
            <form method="post" action="/@\(desk.handle)/state"><input type="hidden" name="state" value="\(state.rawValue)">
            <button class="button small quiet-button">\(words("child.to.\(state.rawValue)"))</button></form>
            """
        })</div></li>
        """
    }
}

/// What a handle may look like: it stands in addresses and is read aloud.
public enum Handles {
    public static func isValid(_ handle: String) -> Bool {
        let bytes = Array(handle.utf8)
        guard (2...30).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
}
