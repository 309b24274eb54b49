// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// Copies of a whole database in one file.
extension Database {
    /// Writes a copy beside its final name and renames it when it is whole, so that a file of that name is a backup.
    public func backUp(to path: String, progress: @escaping @Sendable (Double) -> Void) async throws {
        let part = path + ".part"
        try? FileManager.default.removeItem(atPath: part)  // left by a backup that was broken off, if at all
        do {
            try await backup(to: part, progress: progress)
            try Self.check(part)
            guard rename(part, path) == 0 else { throw DatabaseError.unavailable("\(path) can't be written") }
        } catch {
            // The half-written copy is worth nothing, and the first cause is the one to report.
            try? FileManager.default.removeItem(atPath: part)
            throw error
        }
    }

    /// Puts a copy in the place of an SQLite file. The file must not be there yet.
    public static func restoreSQLite(from copy: String, to path: String) throws {
        guard try isSQLite(copy) else {
            throw DatabaseError.corrupt("\(copy) is not an SQLite backup")
        }
        try check(copy)
        guard !FileManager.default.fileExists(atPath: path) else {
            throw DatabaseError.other(code: 0, message: "\(path) exists: restore into an empty folder")
        }
        try FileManager.default.copyItem(atPath: copy, toPath: path + ".part")
        guard rename(path + ".part", path) == 0 else { throw DatabaseError.unavailable("\(path) can't be written") }
    }

    /// Puts a copy made by `pg_dump` into a PostgreSQL database, in place of what the copy's tables held there.
    public static func restorePostgreSQL(from copy: String, to url: String) throws {
        guard try head(of: copy).starts(with: Array("PGDMP".utf8)) else {
            throw DatabaseError.corrupt("\(copy) is not a PostgreSQL backup")
        }
        try PostgresTools.restore(url: url, from: copy)
    }

    /// Looks through the whole copy for damage.
    private static func check(_ copy: String) throws {
        guard try isSQLite(copy) else { return }
        let connection = try SQLiteConnection(path: copy, isWriter: false, busyTimeout: .seconds(1))
        let verdict = try Reading(connection).value("PRAGMA integrity_check", as: String.self)
        if verdict != "ok" { throw DatabaseError.corrupt("\(copy): \(verdict ?? "unreadable")") }
    }

    private static func isSQLite(_ path: String) throws -> Bool {
        // The header string of every SQLite file (sqlite.org/fileformat2.html, 1.3.1).
        try head(of: path).starts(with: Array("SQLite format 3\u{0}".utf8))
    }

    private static func head(of path: String) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw DatabaseError.unavailable("\(path) can't be read")
        }
        return [UInt8](try file.read(upToCount: 16) ?? Data())
    }
}
