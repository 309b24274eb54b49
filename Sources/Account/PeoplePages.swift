// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup
import Storage

extension AccountSlice {
    @Sendable func people(_ visit: Visit) async throws -> Reply {
        .page(try await peoplePage(visit, nil, FieldProblems(), status: 200))
    }

    @Sendable func appoint(_ visit: Visit) async throws -> Reply {
        let input = DutyInput(try visit.form(), languages: visit.city.languages, words: visit.words)
        guard let new = input.duty else {
            return .page(try await peoplePage(visit, input, input.problems, status: 422))
        }
        let handle = try visit.handle
        do {
            try await appointments.appoint(input.name, to: new, at: handle, by: visit.principal)
            return .seeOther("/@\(handle)/people", saying: "people.appointed")
        } catch IdentityProblem.notFound {
            var problems = FieldProblems()
            problems.add("person", visit.words("people.error.person"))
            return .page(try await peoplePage(visit, input, problems, status: 422))
        }
    }

    @Sendable func dismiss(_ visit: Visit) async throws -> Reply {
        let handle = try visit.handle
        return try await dismiss(visit, backTo: "/@\(handle)/people")
    }

    func dismiss(_ visit: Visit, backTo place: String) async throws -> Reply {
        do {
            try await appointments.dismiss(try visit.parameters.get("duty"), by: visit.principal)
            return .seeOther(place, saying: "people.dismissed")
        } catch IdentityProblem.lastOne {
            return .seeOther(place, saying: "people.error.last")
        }
    }

    private func peoplePage(
        _ visit: Visit, _ input: DutyInput?, _ problems: FieldProblems, status: Int
    ) async throws -> Page {
        let desk = try await directory.desk(visit.handle)
        let held = try await appointments.appointments(at: desk.handle, for: visit.principal)
        let words = visit.words
        let roles = Permissions.appointable(visit.principal, at: desk.path)
        return Page(
            words("people.title", ["desk": desk.page.name[words.language]]), status: status, section: .duty,
            isWorkplace: true,
            """
            \(DeskParts(words: words).keeperTabs(desk, "people", visit.principal))
            <h1>\(words("people.heading"))</h1>
            \(PeopleParts(words: words, languages: visit.city.languages).list(held, at: "/@\(desk.handle)/people"))
            \(PeopleParts(words: words, languages: visit.city.languages).form(input, problems, roles, at: "/@\(desk.handle)/people"))
            """)
    }
}

/// The people on duty and the form to appoint one, for a desk and for the city.
struct PeopleParts {
    let words: Words
    let languages: [String]

    func list(_ held: [Appointment], at place: String) -> HTML {
        """
        \(when(held.isEmpty) { "<p class=\"empty\">\(words("people.empty"))</p>" })
        <ul class="rows">\(each(held) { appointment in
            """
            <li><div><b>\(appointment.personName)</b> <span class="badge on">\(words("role.\(appointment.duty.role.rawValue)"))</span>
            <p class="quiet">\(words("people.public")) \(appointment.duty.publicName ?? words("desk.officer.code", ["code": appointment.duty.shiftCode]))</p></div>
            <form method="post" action="\(url: place)/\(appointment.duty.id.description)/dismiss"><button class="button small danger">\(words("people.dismiss"))</button></form></li>
            """
        })</ul>
        """
    }

    func form(_ input: DutyInput?, _ problems: FieldProblems, _ roles: [Role], at place: String) -> HTML {
        let controls = Controls(words, problems)
        let beat = input?.beat ?? Localized()
        return """
            <section aria-labelledby="appoint"><h2 id="appoint">\(words("people.appoint"))</h2>
            <form method="post" action="\(url: place)" novalidate>\(controls.summary)
            \(controls.input(Field("person", words("people.person"), value: input?.name ?? "", hint: words("people.person.hint"), autocomplete: "off", maxLength: 40)))
            \(controls.select(Field("role", words("people.role"), value: input?.role ?? ""), roles.map { ($0.rawValue, words("role.\($0.rawValue)")) }))
            \(controls.input(Field("shift", words("people.shift"), value: input?.shift ?? "", hint: words("people.shift.hint"), maxLength: 20)))
            \(controls.input(Field("public", words("people.publicname"), value: input?.publicName ?? "", hint: words("people.publicname.hint"), maxLength: 40, isOptional: true)))
            \(each(languages) { language in
                controls.input(Field("beat-\(language)", words("people.beat", ["language": LanguageNames.own(language)]), value: beat.written(in: language), maxLength: 100, isOptional: true, language: language))
            })
            <button class="button">\(words("people.button"))</button></form></section>
            """
    }
}

/// An appointment as it was typed.
struct DutyInput {
    let name: String
    let role: String
    let shift: String
    let publicName: String
    let beat: Localized
    private(set) var problems = FieldProblems()

    init(_ form: Form, languages: [String], words: Words) {
        name = form.text("person")
        role = form.text("role")
        shift = form.text("shift")
        publicName = form.text("public")
        beat = Localized(Dictionary(uniqueKeysWithValues: languages.map { ($0, form.text("beat-\($0)")) }))
        if name.isEmpty { problems.add("person", words("people.error.missing")) }
        if Role(rawValue: role) == nil { problems.add("role", words("people.error.role")) }
        if shift.isEmpty || shift.count > 20 { problems.add("shift", words("people.error.shift")) }
        if publicName.count > 40 || beat.all.count > 250 { problems.add("public", words("people.error.long")) }
    }

    var duty: NewDuty? {
        guard problems.isEmpty, let role = Role(rawValue: role) else { return nil }
        return NewDuty(role: role, publicName: publicName.isEmpty ? nil : publicName, shiftCode: shift, beat: beat)
    }
}
