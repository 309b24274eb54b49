// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// Finds the command, runs it, and turns every failure into one clear line and a non-zero exit.
enum CommandLineProgram {
    static let commands: [any Command.Type] = [
        ServeCommand.self, DemoCommand.self, MigrateCommand.self, PersonAddCommand.self, PersonPasswordCommand.self,
        DeskAddCommand.self, DeskImportCommand.self, BackupCommand.self, RestoreCommand.self, DoctorCommand.self
    ]

    static func run() async {
        exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    static func run(_ words: [String]) async -> Int32 {
        guard let first = words.first, first != "--help", first != "-h", first != "help" else {
            say(overview)
            return words.isEmpty ? 64 : 0
        }
        if first == "--version" {
            say("precinct \(version)")
            return 0
        }
        let found = commands.first { words.starts(with: $0.name.split(separator: " ").map(String.init)) }
        guard let found else {
            complain("there is no command '\(first)': try precinct --help")
            return 64
        }
        let rest = Array(words.dropFirst(found.name.split(separator: " ").count))
        if rest.contains("--help") || rest.contains("-h") {
            say(help(found))
            return 0
        }
        do {
            let arguments = try Arguments(rest, options: found.options, operands: found.operands)
            return try await found.run(arguments)
        } catch {
            complain(FailureLine.text(error))
            return error is UsageProblem ? 64 : 1
        }
    }

    static let version = "0.1.0"

    static func complain(_ line: String) {
        FileHandle.standardError.write(Data("precinct: \(line)\n".utf8))
    }

    private static var overview: String {
        let width = commands.map { $0.name.count }.max() ?? 0
        let lines = commands.map { "  \($0.name.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.summary)" }
        return """
            precinct: a city's police and the public, online.

            Usage: precinct COMMAND [OPTIONS]

            \(lines.joined(separator: "\n"))

            precinct COMMAND --help tells more.
            """
    }

    private static func help(_ command: any Command.Type) -> String {
        let operands = command.operands.map { " " + $0 }.joined()
        let shown = command.options.map { option in
            (option.placeholder.map { "--\(option.name) \($0)" } ?? "--\(option.name)", option.help)
        }
        let width = shown.map(\.0.count).max() ?? 0
        let lines = shown.map { "  \($0.0.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.1)" }
        return """
            Usage: precinct \(command.name)\(operands) [OPTIONS]

            \(command.summary)

            \(lines.joined(separator: "\n"))
            """
    }
}

/// One command of the shell.
protocol Command: Sendable {
    static var name: String { get }
    static var summary: String { get }
    /// Required operands, in order, as the help names them.
    static var operands: [String] { get }
    static var options: [Option] { get }
    static func run(_ arguments: Arguments) async throws -> Int32
}

extension Command {
    static var operands: [String] { [] }
}

/// Says a line on standard output, at once: a pipe gets it as soon as a terminal does.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
