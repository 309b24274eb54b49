// SPDX-License-Identifier: AGPL-3.0-or-later
import Account
import Foundation
import Identity

enum DeskAddCommand: Command {
    static let name = "desk add"
    static let summary = "Creates a desk; without --parent it is the bureau."
    static let operands = ["HANDLE", "NAME"]
    static let options =
        Home.options + [
            Option("parent", "HANDLE", "the desk above"),
            Option("kind", "KIND", "bureau, subbureau, brigade, station or centre (station)"),
            Option("name-en", "NAME", "the name in English")
        ]

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let handle = arguments.operands[0]
        guard Handles.isValid(handle) else {
            throw UsageProblem(line: "a handle has 2 to 30 characters: a-z, 0-9 and, inside, -")
        }
        let word = arguments["kind"] ?? (arguments["parent"] == nil ? "bureau" : "station")
        guard let kind = Desk.Kind(rawValue: word) else {
            throw UsageProblem(line: "'\(word)' is no kind of desk")
        }
        let services = try await CityServices.open(Home(arguments))
        var name = Localized(["zh-Hans": arguments.operands[1]])
        if let english = arguments["name-en"] { name["en"] = english }
        let desk = CityFile.FileDesk(handle: handle, parent: arguments["parent"], kind: kind, name: name)
        if try await services.directory.all().contains(where: { $0.handle == handle }) {
            throw IdentityProblem.taken(.handle)
        }
        try await services.founding.take(CityFile(desks: [desk])) { _ in }
        say("@\(handle) has been created.")
        await services.close()
        return 0
    }
}

enum DeskImportCommand: Command {
    static let name = "desk import"
    static let summary = "Adds and renews desks from a JSON file. People in it are left out, unless --people."
    static let operands = ["FILE"]
    static let options = Home.options + [Option("people", nil, "opens the file's accounts too, with its passwords")]

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let path = arguments.operands[0]
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw PlainFailure(line: "\(path) can't be read")
        }
        let file = try JSONDecoder().decode(CityFile.self, from: bytes)
        if let bad = file.desks.first(where: { !Handles.isValid($0.handle) }) {
            throw PlainFailure(line: "'\(bad.handle)' is not a handle: 2 to 30 characters, a-z, 0-9 and, inside, -")
        }
        let services = try await CityServices.open(Home(arguments))
        let total = file.desks.count
        try await services.founding.take(file) { Progress.show("Desks", $0, of: total) }
        if arguments.has("people"), let people = file.people {
            try await services.founding.welcome(people) { Progress.show("People", $0, of: people.count) }
        }
        say("\(total) desks are in.")
        await services.close()
        return 0
    }
}

/// Progress of long work: on a terminal one line that changes, in a file a line each tenth.
enum Progress {
    static func show(_ what: String, _ done: Int, of total: Int) {
        let line = "\(what): \(done) of \(total)"
        if isatty(2) == 1 {
            FileHandle.standardError.write(Data("\r\(line)\(done == total ? "\n" : "")".utf8))
        } else if done == total || done % max(1, total / 10) == 0 {
            FileHandle.standardError.write(Data("\(line)\n".utf8))
        }
    }
}
