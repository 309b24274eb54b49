// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Markup
import Media
import Storage

extension AccountSlice {
    @Sendable func editForm(_ visit: Visit) async throws -> Reply {
        .page(try await editPage(visit, nil, status: 200))
    }

    @Sendable func edit(_ visit: Visit) async throws -> Reply {
        let handle = try visit.handle
        let desk = try await directory.desk(handle)
        let form = try visit.form()
        let input = DeskInput(form, on: desk.page, languages: visit.city.languages, words: visit.words)
        guard input.problems.isEmpty else { return .page(try await editPage(visit, input, status: 422)) }
        do {
            try await directory.edit(
                handle, to: input.page, revision: Int64(form.text("revision")), by: visit.principal)
            return .seeOther("/@\(handle)", saying: "desk.saved")
        } catch IdentityProblem.changedMeanwhile {
            return .page(try await editPage(visit, input, isStale: true, status: 409))
        }
    }

    /// The hours alone, as the work page of a phone offers them.
    @Sendable func changeHours(_ visit: Visit) async throws -> Reply {
        let handle = try visit.handle
        let form = try visit.form()
        let desk = try await directory.desk(handle)
        let input = DeskInput(form, on: desk.page, languages: visit.city.languages, words: visit.words)
        guard input.problems.isEmpty else { return .page(try await editPage(visit, input, status: 422)) }
        try await directory.changeHours(of: handle, to: input.page.hours, by: visit.principal)
        return .seeOther("/@\(handle)", saying: "desk.saved")
    }

    @Sendable func changePlaces(_ visit: Visit) async throws -> Reply {
        let handle = try visit.handle
        let places = PlaceLines.read(try visit.form(), languages: visit.city.languages)
        guard places.count <= 500, places.allSatisfy({ $0.0.all.count <= 200 }) else {
            throw HTTPProblem.payloadTooLarge(limit: 500 * 200)
        }
        try await directory.setPlaces(places, of: handle, by: visit.principal)
        return .seeOther("/@\(handle)", saying: "desk.saved")
    }

    func editPage(_ visit: Visit, _ input: DeskInput?, isStale: Bool = false, status: Int) async throws -> Page {
        let surroundings = try await directory.surroundings(of: visit.handle)
        let shown = try await pictures.details(surroundings.desk.pictures)
        return DeskEditPage(
            at: surroundings, pictures: shown, input: input, isStale: isStale, visit: visit
        ).page(status: status)
    }
}

struct DeskEditPage {
    let at: Surroundings
    let pictures: [PictureDetails]
    let input: DeskInput?
    let isStale: Bool
    let visit: Visit
    private var words: Words { visit.words }
    private var languages: [String] { visit.city.languages }
    private var desk: Desk { at.desk }
    private var shownPage: DeskPage { input?.page ?? desk.page }

    init(at: Surroundings, pictures: [PictureDetails], input: DeskInput?, isStale: Bool, visit: Visit) {
        self.at = at
        self.pictures = pictures
        self.input = input
        self.isStale = isStale
        self.visit = visit
    }

    func page(status: Int) -> Page {
        let controls = Controls(words, input?.problems ?? FieldProblems())
        return Page(
            words("edit.title", ["desk": desk.page.name[words.language]]), status: status, section: .duty,
            isWorkplace: true,
            """
            \(DeskParts(words: words).keeperTabs(desk, "edit", visit.principal))
            <h1>\(words("edit.heading"))</h1>
            <form method="post" action="/@\(desk.handle)/edit" novalidate>\(controls.summary)
            \(when(isStale) { "<p class=\"notice caution\" role=\"alert\">\(words("edit.stale"))</p>" })
            <input type="hidden" name="revision" value="\(desk.revision)">
            \(DeskFields(words: words, languages: languages, controls: controls).html(shownPage))
            <button class="button">\(words("edit.button"))</button></form>
            \(placesForm)
            \(pictureForms)
            """)
    }

    private var placesForm: HTML {
        let controls = Controls(words)
        return """
            <section aria-labelledby="places"><h2 id="places">\(words("edit.places"))</h2><p>\(words("edit.places.lead"))</p>
            <form method="post" action="/@\(desk.handle)/places">
            \(each(languages) { language in
                controls.area(Field("places-\(language)", words("edit.places.in", ["language": LanguageNames.own(language)]), value: PlaceLines.write(at.places, language), isOptional: true, language: language), rows: 6)
            })<button class="button">\(words("edit.places.button"))</button></form></section>
            """
    }

    private var pictureForms: HTML {
        let controls = Controls(words)
        return """
            <section aria-labelledby="pictures"><h2 id="pictures">\(words("edit.pictures"))</h2>
            <ul class="rows">\(each(pictures) { picture in
                """
                <li><img src="/pictures/\(picture.id)/320" width="120" alt="\(picture.alt)">
                <form method="post" action="/@\(desk.handle)/pictures/remove"><input type="hidden" name="picture" value="\(picture.id)">
                <button class="button small danger">\(words("edit.picture.remove"))</button></form></li>
                """
            })</ul>
            <form method="post" action="/@\(desk.handle)/pictures" enctype="multipart/form-data">
            \(controls.input(Field("picture", words("edit.picture"), type: "file", hint: words("edit.picture.hint"))))
            \(controls.input(Field("alt", words("edit.picture.alt"), hint: words("edit.picture.alt.hint"), maxLength: 200)))
            <button class="button">\(words("edit.picture.button"))</button></form></section>
            """
    }
}

/// The fields of a desk's page, for editing one and for creating one.
struct DeskFields {
    let words: Words
    let languages: [String]
    let controls: Controls

    func html(_ page: DeskPage) -> HTML {
        """
        \(each(languages) { language in
            """
            <fieldset><legend>\(LanguageNames.own(language))</legend>
            \(controls.input(text("name", language, page.name, limit: 60)))
            \(controls.input(text("hours", language, page.hours, limit: 200, isOptional: true)))
            \(controls.input(text("address", language, page.address, limit: 200, isOptional: true)))
            \(controls.area(text("jurisdiction", language, page.jurisdiction, limit: 400, isOptional: true), rows: 2))
            \(controls.area(intro(language, page)))
            \(controls.area(numbers(language, page), rows: 4))</fieldset>
            """
        })
        \(controls.input(Field("phone", words("desk.phone"), value: page.phone, type: "tel", maxLength: 40, isOptional: true)))
        <div class="pair">
        \(controls.input(Field("latitude", words("edit.latitude"), value: page.latitude.map { "\($0)" } ?? "", inputMode: "decimal", isOptional: true)))
        \(controls.input(Field("longitude", words("edit.longitude"), value: page.longitude.map { "\($0)" } ?? "", inputMode: "decimal", isOptional: true)))
        </div>
        """
    }

    private func intro(_ language: String, _ page: DeskPage) -> Field {
        var field = text("intro", language, page.intro, limit: 4000, isOptional: true)
        field.hint = words("edit.intro.hint")
        return field
    }

    private func text(_ name: String, _ language: String, _ text: Localized, limit: Int, isOptional: Bool = false)
        -> Field
    {
        Field(
            "\(name)-\(language)", words("edit.\(name)"), value: text.written(in: language), maxLength: limit,
            isOptional: isOptional || language != languages.first, language: language)
    }

    private func numbers(_ language: String, _ page: DeskPage) -> Field {
        Field(
            "numbers-\(language)", words("edit.numbers"), value: NumberLines.write(page.numbers, language),
            hint: words("edit.numbers.hint"), isOptional: true, language: language)
    }
}

/// Places as lines of text, the same order in each language's box: `柳园社区 | community`.
enum PlaceLines {
    static func read(_ form: Form, languages: [String]) -> [(Localized, Place.Kind)] {
        let columns = languages.map { language in
            (language, form.text("places-\(language)").split(whereSeparator: \.isNewline).map(String.init))
        }
        let count = columns.map(\.1.count).max() ?? 0
        return (0..<count).map { index in
            var name = Localized()
            var kind = Place.Kind.road
            for (language, lines) in columns where index < lines.count {
                let halves = lines[index].split(maxSplits: 1) { $0 == "|" || $0 == "｜" }
                    .map { $0.trimmingCharacters(in: .whitespaces) }
                name[language] = halves.first ?? ""
                if halves.count > 1, let said = Place.Kind(rawValue: halves[1]) { kind = said }
            }
            return (name, kind)
        }.filter { !$0.0.isEmpty }
    }

    static func write(_ places: [Place], _ language: String) -> String {
        places.map { "\($0.name.written(in: language)) | \($0.kind.rawValue)" }.joined(separator: "\n")
    }
}
