// SPDX-License-Identifier: AGPL-3.0-or-later

enum MigrateCommand: Command {
    static let name = "migrate"
    static let summary = "Brings the database's schema up to date. serve does so by itself."
    static let options = Home.options

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let home = Home(arguments)
        try home.prepare()
        let database = try home.open()
        let ran = try await database.migrate(Home.migrations) { say("Running \($0)") }
        say(ran.isEmpty ? "Nothing to do: the schema is up to date." : "Done: \(ran.count) steps.")
        await database.close()
        return 0
    }
}
