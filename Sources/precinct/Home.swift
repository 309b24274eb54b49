// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Foundation
import Identity
import Journal
import Media
import Storage

/// Where a city's data lies: a folder with the SQLite file and the key, or a PostgreSQL server and a folder with the
/// key.
struct Home {
    let folder: String
    let databaseURL: String?

    static let options = [
        Option("data", "DIR", "the folder of the SQLite file and the key (./data)"),
        Option("database", "URL", "a PostgreSQL server: postgresql://user@host/name; the key stays in --data")
    ]

    init(_ arguments: Arguments, standard: String = "data") {
        folder = arguments["data"] ?? standard
        databaseURL = arguments["database"]
    }

    var sqlitePath: String { folder + "/precinct.db" }
    var keyPath: String { folder + "/city.key" }
    var uploadFolder: String { folder + "/uploads" }

    /// Makes the folders, for their owner alone.
    func prepare() throws {
        for path in [folder, uploadFolder] {
            do {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw PlainFailure(line: "the folder \(path) can't be made: check the disk and its permissions")
            }
        }
    }

    func open() throws -> Database {
        if let databaseURL { return try Database.postgresql(databaseURL) }
        return try Database.sqlite(at: sqlitePath)
    }

    /// Every step of the schema, floor by floor. The order is part of it.
    static let migrations: [Migration] =
        JournalSchema.migrations + IdentitySchema.migrations + PictureStore.migrations
}
