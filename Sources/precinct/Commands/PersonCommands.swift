// SPDX-License-Identifier: AGPL-3.0-or-later
import Account
import Foundation
import Identity

enum PersonAddCommand: Command {
    static let name = "person add"
    static let summary = "Opens an account. The password is read from standard input, one line."
    static let operands = ["NAME"]
    static let options =
        Home.options + [
            Option("pseudonym", "TEXT", "the name that the public sees"),
            Option("operator", nil, "makes the person an operator of the city"),
            Option("overseer", nil, "makes the person an overseer"),
            Option("administrator", "HANDLE", "makes the person an administrator of this desk")
        ]

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let name = arguments.operands[0]
        guard (2...40).contains(name.count) else { throw UsageProblem(line: "NAME has 2 to 40 characters") }
        let password = try PasswordLine.read(for: name)
        let services = try await CityServices.open(Home(arguments))
        try await services.accounts.register(
            NewPerson(
                name: name, password: password,
                pseudonym: arguments["pseudonym"] ?? "用户\(Int.random(in: 100_000...999_999))",
                language: services.city.profile.language))
        if arguments.has("operator") {
            try await services.founding.appoint(name, to: NewDuty(role: .operator, shiftCode: "OP"), at: nil)
        }
        if arguments.has("overseer") {
            try await services.founding.appoint(name, to: NewDuty(role: .overseer, shiftCode: "DC"), at: nil)
        }
        if let handle = arguments["administrator"] {
            try await services.founding.appoint(name, to: NewDuty(role: .administrator, shiftCode: "GL"), at: handle)
        }
        say("\(name) can sign in now.")
        await services.close()
        return 0
    }
}

enum PersonPasswordCommand: Command {
    static let name = "person reset-password"
    static let summary = "Sets a new password, read from standard input, and ends the person's sessions."
    static let operands = ["NAME"]
    static let options = Home.options

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let name = arguments.operands[0]
        let password = try PasswordLine.read(for: name)
        let services = try await CityServices.open(Home(arguments))
        try await services.accounts.resetPassword(of: name, to: password)
        say("The password of \(name) has been set, and all sessions have ended.")
        await services.close()
        return 0
    }
}

/// Passwords come by standard input, never as a word of the command, which others on the machine can see.
private enum PasswordLine {
    static func read(for name: String) throws -> String {
        let isTerminal = isatty(0) == 1
        if isTerminal {
            guard let typed = getpass("Password for \(name): ") else { throw PlainFailure(line: "no password") }
            return try check(String(cString: typed), name)
        }
        guard let line = readLine(strippingNewline: true) else {
            throw PlainFailure(line: "the password is read from standard input, and nothing came")
        }
        return try check(line, name)
    }

    private static func check(_ password: String, _ name: String) throws -> String {
        guard password.count >= PasswordRules.shortest else {
            throw PlainFailure(line: "a password has at least \(PasswordRules.shortest) characters")
        }
        guard !PasswordRules.isCommon(password, name: name) else {
            throw PlainFailure(line: "this password is among the first that are guessed: choose another")
        }
        return password
    }
}
