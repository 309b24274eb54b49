// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// PostgreSQL's own programs for copying a database out and in.
enum PostgresTools {
    static func dump(url: String, schema: String?, to path: String) throws {
        var arguments = ["--format=custom", "--no-owner", "--file=\(path)"]
        if let schema { arguments.append("--schema=\(schema)") }
        try run("pg_dump", arguments + ["--dbname=\(url)"])
    }

    static func restore(url: String, from path: String) throws {
        try run(
            "pg_restore",
            ["--clean", "--if-exists", "--no-owner", "--exit-on-error", "--single-transaction", "--dbname=\(url)", path]
        )
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let errors = Pipe()
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw DatabaseError.unavailable("\(program) is not installed (package postgresql-client)")
        }
        let message = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let line = String(decoding: message, as: UTF8.self).split(separator: "\n").first ?? "failed"
            throw DatabaseError.unavailable("\(program): \(line)")
        }
    }
}
