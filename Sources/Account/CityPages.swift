// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Frame
import HTTP
import Identity
import Markup

extension AccountSlice {
    @Sendable func cityForm(_ visit: Visit) async throws -> Reply {
        .page(try await cityPage(visit, visit.city, FieldProblems(), status: 200))
    }

    @Sendable func changeCity(_ visit: Visit) async throws -> Reply {
        let input = CityInput(try visit.form(), on: visit.city, words: visit.words)
        guard input.problems.isEmpty else {
            return .page(try await cityPage(visit, input.profile, input.problems, status: 422))
        }
        try await city.change(to: input.profile, by: visit.principal)
        return .seeOther("/city", saying: "city.saved")
    }

    @Sendable func appointForCity(_ visit: Visit) async throws -> Reply {
        let input = DutyInput(try visit.form(), languages: visit.city.languages, words: visit.words)
        guard let new = input.duty else {
            return .page(try await cityPage(visit, visit.city, input.problems, input, status: 422))
        }
        do {
            try await appointments.appoint(input.name, to: new, at: nil, by: visit.principal)
            return .seeOther("/city", saying: "people.appointed")
        } catch IdentityProblem.notFound {
            var problems = FieldProblems()
            problems.add("person", visit.words("people.error.person"))
            return .page(try await cityPage(visit, visit.city, problems, input, status: 422))
        }
    }

    @Sendable func dismissFromCity(_ visit: Visit) async throws -> Reply {
        try await dismiss(visit, backTo: "/city")
    }

    private func cityPage(
        _ visit: Visit, _ profile: CityProfile, _ problems: FieldProblems, _ duty: DutyInput? = nil, status: Int
    ) async throws -> Page {
        let held = try await appointments.cityAppointments(for: visit.principal)
        let words = visit.words
        let controls = Controls(words, problems)
        let people = PeopleParts(words: words, languages: visit.city.languages)
        return Page(
            words("city.title"), status: status, section: .duty, isWorkplace: true,
            """
            <h1>\(words("city.title"))</h1>
            <form method="post" action="/city" novalidate>\(controls.summary)
            \(each(visit.city.languages) { language in
                """
                <fieldset><legend>\(LanguageNames.own(language))</legend>
                \(controls.input(Field("name-\(language)", words("city.name"), value: profile.name.written(in: language), maxLength: 40, language: language)))
                \(controls.input(Field("force-\(language)", words("city.force"), value: profile.force.written(in: language), maxLength: 60, language: language)))
                \(controls.area(Field("numbers-\(language)", words("city.numbers"), value: NumberLines.write(profile.numbers, language), hint: words("edit.numbers.hint"), language: language), rows: 8))
                </fieldset>
                """
            })
            \(controls.select(Field("language", words("city.language"), value: profile.language, hint: words("city.language.hint")), visit.city.languages.map { ($0, LanguageNames.own($0)) }))
            <div class="pair">
            \(controls.input(Field("colour", words("city.colour"), value: profile.colour, type: "color", hint: words("city.colour.hint"))))
            \(controls.input(Field("dark-colour", words("city.colour.dark"), value: profile.darkColour, type: "color")))</div>
            \(controls.input(Field("source", words("city.source"), value: profile.source, hint: words("city.source.hint"), maxLength: 300)))
            <button class="button">\(words("city.button"))</button></form>
            <section aria-labelledby="operators"><h2 id="operators">\(words("city.people"))</h2>
            \(people.list(held, at: "/city/people"))</section>
            \(people.form(duty, problems, Permissions.appointable(visit.principal, at: nil), at: "/city/people"))
            """)
    }
}

/// The city's settings as they were typed.
struct CityInput {
    private(set) var profile: CityProfile
    private(set) var problems = FieldProblems()

    init(_ form: Form, on profile: CityProfile, words: Words) {
        self.profile = profile
        let languages = profile.languages
        for language in languages {
            self.profile.name[language] = String(form.text("name-\(language)").prefix(40))
            self.profile.force[language] = String(form.text("force-\(language)").prefix(60))
        }
        let first = languages.first ?? profile.language
        if self.profile.name.isEmpty { problems.add("name-\(first)", words("city.error.name")) }
        if self.profile.force.isEmpty { problems.add("force-\(first)", words("city.error.name")) }
        self.profile.numbers = NumberLines.read(form, languages: languages)
        let isSound =
            (1...20).contains(self.profile.numbers.count)
            && self.profile.numbers.allSatisfy { $0.number.count <= 20 && !$0.need.isEmpty && $0.need.all.count <= 300 }
        if !isSound { problems.add("numbers-\(first)", words("city.error.numbers")) }
        let language = form.text("language")
        if languages.contains(language) { self.profile.language = language }
        self.profile.colour = form.text("colour")
        self.profile.darkColour = form.text("dark-colour")
        self.profile.source = form.text("source")
        if !Colour.isReadable(self.profile.colour, on: .white) { problems.add("colour", words("city.error.colour")) }
        if !Colour.isReadable(self.profile.darkColour, on: .night) {
            problems.add("dark-colour", words("city.error.colour.dark"))
        }
        if SafeURL.check(self.profile.source) == nil { problems.add("source", words("city.error.source")) }
    }
}

/// Colours that the operator chooses must keep every page readable: 4.5 to 1 (WCAG 2.2, 1.4.3).
enum Colour {
    enum Paper {
        case white, night
        var luminance: Double { self == .white ? 1 : Colour.luminance(16, 19, 24) }
    }

    static func isReadable(_ text: String, on paper: Paper) -> Bool {
        guard text.utf8.count == 7, text.hasPrefix("#"), let number = UInt32(text.dropFirst(), radix: 16) else {
            return false
        }
        let own = luminance(number >> 16 & 255, number >> 8 & 255, number & 255)
        let (light, dark) = (max(own, paper.luminance), min(own, paper.luminance))
        return (light + 0.05) / (dark + 0.05) >= 4.5
    }

    private static func luminance(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> Double {
        func linear(_ channel: UInt32) -> Double {
            let value = Double(channel) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
