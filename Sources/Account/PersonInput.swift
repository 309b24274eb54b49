// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Frame
import HTTP
import Identity

/// What a person types to open an account, and what is wrong with it.
struct RegisterInput {
    let name: String
    let pseudonym: String
    let email: String
    let password: String
    let language: String
    private(set) var problems = FieldProblems()

    init(_ form: Form, words: Words) {
        name = form.text("name")
        pseudonym = form.text("pseudonym")
        email = form.text("email")
        password = form["password"] ?? ""
        language = words.language
        Self.check(name: name, words, &problems)
        Self.check(pseudonym: pseudonym, name: name, words, &problems)
        if !email.isEmpty, !Self.isEmail(email) { problems.add("email", words("register.error.email")) }
        PasswordRules.check(password, name: name, field: "password", words, &problems)
    }

    init(blank words: Words) {
        (name, pseudonym, email, password, language) = ("", "", "", "", words.language)
    }

    mutating func reject(_ taken: IdentityProblem.Taken, _ words: Words) {
        switch taken {
        case .pseudonym: problems.add("pseudonym", words("register.error.pseudonym.taken"))
        default: problems.add("name", words("register.error.name.taken"))
        }
    }

    var person: NewPerson {
        NewPerson(
            name: name, password: password, pseudonym: pseudonym, email: email.isEmpty ? nil : email,
            language: language)
    }

    private static func check(name: String, _ words: Words, _ problems: inout FieldProblems) {
        if name.isEmpty { return problems.add("name", words("register.error.name.missing")) }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "._-@".unicodeScalars.contains($0)
        }
        if name.count < 2 || name.count > 40 { problems.add("name", words("register.error.name.length")) }
        if !isPlain { problems.add("name", words("register.error.name.characters")) }
    }

    private static func check(pseudonym: String, name: String, _ words: Words, _ problems: inout FieldProblems) {
        if pseudonym.isEmpty { return problems.add("pseudonym", words("register.error.pseudonym.missing")) }
        if pseudonym.count > 20 { problems.add("pseudonym", words("register.error.pseudonym.length")) }
        // Nobody signs in with what everybody can read.
        if pseudonym.lowercased() == name.lowercased() {
            problems.add("pseudonym", words("register.error.pseudonym.same"))
        }
        let isVisible = pseudonym.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || " ·._-".unicodeScalars.contains($0)
        }
        if !isVisible { problems.add("pseudonym", words("register.error.pseudonym.characters")) }
        // A citizen must not look like the police.
        let official = ["公安", "警察", "警官", "民警", "派出所", "police", "officer", "官方"]
        if official.contains(where: { pseudonym.lowercased().contains($0) }) {
            problems.add("pseudonym", words("register.error.pseudonym.official"))
        }
    }

    private static func isEmail(_ text: String) -> Bool {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        return text.utf8.count <= 254 && halves.count == 2 && !halves[0].isEmpty && halves[1].contains(".")
            && !text.contains { $0.isWhitespace || $0 == "<" || $0 == ">" }
    }
}

/// What a password must be: long enough, and not one that everybody tries first (NIST SP 800-63B, 5.1.1.2).
public enum PasswordRules {
    public static let shortest = 8

    static func check(
        _ password: String, name: String, field: String, _ words: Words, _ problems: inout FieldProblems
    ) {
        if password.isEmpty { return problems.add(field, words("password.error.missing")) }
        if password.count < shortest { return problems.add(field, words("password.error.short", ["n": "\(shortest)"])) }
        if password.utf8.count > 256 { return problems.add(field, words("password.error.long")) }
        if isCommon(password, name: name) { problems.add(field, words("password.error.common")) }
    }

    /// True for passwords that guessing begins with: the usual ones, one character over and over, the name itself.
    public static func isCommon(_ password: String, name: String) -> Bool {
        let folded = password.lowercased()
        if Set(folded).count < 3 { return true }
        if !name.isEmpty, folded.contains(name.lowercased()), folded.count < name.count + 4 { return true }
        let digits = folded.filter(\.isNumber)
        if digits.count == folded.count, isRun(digits) { return true }
        return usual.contains(folded)
    }

    private static func isRun(_ digits: String) -> Bool {
        let numbers = digits.compactMap(\.wholeNumberValue)
        let steps = Set(zip(numbers, numbers.dropFirst()).map { ($1 - $0 + 10) % 10 })
        return steps == [1] || steps == [9]
    }

    private static let usual: Set<String> = [
        "password", "password1", "password12", "password123", "passw0rd", "p@ssw0rd", "p@ssword", "qwertyui",
        "qwertyuiop", "qwerty123", "qwer1234", "asdfghjk", "asdfghjkl", "asdf1234", "zxcvbnm1", "1q2w3e4r", "1qaz2wsx",
        "1qazxsw2", "q1w2e3r4", "abcd1234", "abc12345", "abcdefgh", "a1234567", "a12345678", "a123456789", "aa123456",
        "aa12345678", "123456aa", "1234567a", "12345678a", "123456789a", "woaini1314", "woaini520", "woaini123",
        "5201314520", "52013145", "iloveyou", "iloveyou1", "admin123", "admin888", "administrator", "letmein1",
        "welcome1", "welcome123", "sunshine", "princess", "football", "baseball", "superman", "dragon123", "monkey123",
        "trustno1", "changeme", "test1234", "guest123", "root1234", "qq123456", "wang1234", "zhang123", "12341234",
        "11223344", "12121212", "11112222", "00001111", "13145200", "1314520a", "31415926", "147258369", "159753456",
        "123123123", "123321123", "87654321", "qazwsxedc", "precinct", "qingquan", "jingcha110", "gongan110"
    ]
}
