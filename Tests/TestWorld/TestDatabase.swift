// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Storage

/// The databases that every store test runs on: an SQLite file, and PostgreSQL where the run has a cluster.
public enum TestDatabase: String, CaseIterable, Sendable {
    case sqlite, postgresql

    /// What this run has. `PRECINCT_TEST_POSTGRES` holds the URL of a cluster made for it.
    public static let kinds: [TestDatabase] = {
        if ProcessInfo.processInfo.environment["PRECINCT_TEST_POSTGRES"] != nil { return allCases }
        print("PRECINCT_TEST_POSTGRES is not set: store tests leave PostgreSQL out")
        return [.sqlite]
    }()

    /// A fresh, empty database: its own file, or its own schema.
    public func open(_ migrations: [Migration] = []) async throws -> Database {
        let database: Database
        switch self {
        case .sqlite: database = try Database.sqlite(at: Self.temporaryFolder() + "/test.db")
        case .postgresql:
            let url = ProcessInfo.processInfo.environment["PRECINCT_TEST_POSTGRES"] ?? ""
            let schema = "t\(ID<TestDatabase>.next())"
            var single = DatabaseOptions()
            single.connections = 1
            let setup = try Database.postgresql(url, options: single)
            _ = try await setup.write { try $0.run("CREATE SCHEMA \(unsafeRaw: schema)") }
            await setup.close()
            var options = DatabaseOptions()
            options.schema = schema
            options.connections = 3
            database = try Database.postgresql(url, options: options)
        }
        try await database.migrate(migrations)
        return database
    }

    /// A folder of this test's own.
    public static func temporaryFolder() throws -> String {
        let path = NSTemporaryDirectory() + "/precinct-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
