// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Frame
import HTTP
import Identity

/// What a keeper types into a desk's form, field by field and language by language.
struct DeskInput {
    let form: Form
    let languages: [String]
    private(set) var page: DeskPage
    private(set) var problems = FieldProblems()

    /// The texts that have one field a language, with their longest length in characters.
    static let texts: [(field: String, path: WritableKeyPath<DeskPage, Localized> & Sendable, limit: Int)] = [
        ("name", \.name, 60), ("jurisdiction", \.jurisdiction, 400), ("address", \.address, 200),
        ("hours", \.hours, 200), ("intro", \.intro, 4000)
    ]
    static let numberLines = 12

    init(_ form: Form, on page: DeskPage, languages: [String], words: Words) {
        self.form = form
        self.languages = languages
        self.page = page
        for (field, path, limit) in Self.texts {
            for language in languages {
                let name = "\(field)-\(language)"
                guard form[name] != nil else { continue }
                let value = form.text(name)
                if value.count > limit { problems.add(name, words("desk.error.long", ["n": String(limit)])) }
                self.page[keyPath: path][language] = value
            }
        }
        if self.page.name.isEmpty { problems.add("name-\(languages.first ?? "zh-Hans")", words("desk.error.name")) }
        readPhone(words)
        readPlace(words)
        readNumbers(words)
    }

    private mutating func readPhone(_ words: Words) {
        guard form["phone"] != nil else { return }
        page.phone = form.text("phone")
        let isPhone = page.phone.count <= 40 && page.phone.allSatisfy { $0.isNumber || "+-() /转".contains($0) }
        if !isPhone { problems.add("phone", words("desk.error.phone")) }
    }

    private mutating func readPlace(_ words: Words) {
        guard form["latitude"] != nil || form["longitude"] != nil else { return }
        let (north, east) = (form.text("latitude"), form.text("longitude"))
        if north.isEmpty, east.isEmpty {
            (page.latitude, page.longitude) = (nil, nil)
            return
        }
        guard let latitude = Double(north), let longitude = Double(east), abs(latitude) <= 90, abs(longitude) <= 180
        else { return problems.add("latitude", words("desk.error.coordinates")) }
        (page.latitude, page.longitude) = (latitude, longitude)
    }

    /// One number a line: the number, then a bar, then for what; one box a language, lines in the same order.
    private mutating func readNumbers(_ words: Words) {
        guard let first = languages.first, form["numbers-\(first)"] != nil else { return }
        page.numbers = NumberLines.read(form, languages: languages)
        if page.numbers.count > Self.numberLines { problems.add("numbers-\(first)", words("desk.error.numbers")) }
        if page.numbers.contains(where: { $0.number.count > 20 || $0.need.all.count > 300 || $0.need.isEmpty }) {
            problems.add("numbers-\(first)", words("desk.error.numbers.line"))
        }
    }
}

/// Telephone numbers as lines of text: `110 | 紧急报警`.
enum NumberLines {
    static func read(_ form: Form, languages: [String]) -> [CallNumber] {
        var numbers: [CallNumber] = []
        for language in languages {
            for line in form.text("numbers-\(language)").split(whereSeparator: \.isNewline) {
                let halves = line.split(maxSplits: 1) { $0 == "|" || $0 == "｜" }
                    .map { $0.trimmingCharacters(in: .whitespaces) }
                guard let number = halves.first, !number.isEmpty else { continue }
                let need = halves.count > 1 ? halves[1] : ""
                if let index = numbers.firstIndex(where: { $0.number == number }) {
                    numbers[index].need[language] = need
                } else {
                    numbers.append(CallNumber(number: number, need: Localized([language: need])))
                }
            }
        }
        return numbers
    }

    static func write(_ numbers: [CallNumber], _ language: String) -> String {
        numbers.map { "\($0.number) | \($0.need.written(in: language))" }.joined(separator: "\n")
    }
}
