// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Storage

enum BackupCommand: Command {
    static let name = "backup"
    static let summary = "Copies the database into one file while the city is served. The key is not in it."
    static let operands = ["FILE"]
    static let options = Home.options

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let home = Home(arguments)
        let path = arguments.operands[0]
        if home.databaseURL == nil, !FileManager.default.fileExists(atPath: home.sqlitePath) {
            throw PlainFailure(line: "there is no database in \(home.folder)")
        }
        let database = try home.open()
        try await database.backUp(to: path) { Progress.show("Copied", Int($0 * 100), of: 100) }
        await database.close()
        say(
            "\(path) holds the database. Keep a copy of \(home.keyPath) apart from it: without the key, sealed data is lost."
        )
        return 0
    }
}

enum RestoreCommand: Command {
    static let name = "restore"
    static let summary = "Puts a backup in place: into an empty folder, or over a PostgreSQL database."
    static let operands = ["FILE"]
    static let options = Home.options

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let home = Home(arguments)
        let path = arguments.operands[0]
        try home.prepare()
        if let url = home.databaseURL {
            try Database.restorePostgreSQL(from: path, to: url)
        } else {
            try Database.restoreSQLite(from: path, to: home.sqlitePath)
        }
        // The city is not opened here: that would make a new key where the old one is still to be put.
        let database = try home.open()
        let steps = try await database.appliedMigrations()
        await database.close()
        say("Restored, \(steps.count) steps of the schema. Put the city's key at \(home.keyPath) before serving.")
        return 0
    }
}
