// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// One step of the schema. Once it has run anywhere its text never changes: a change is a further step.
///
/// The text is the one that both databases read; `BLOB` becomes `BYTEA` on PostgreSQL. Where one text can't serve,
/// a step gives each its own. Statements end with a semicolon at the end of a line.
public struct Migration: Sendable {
    public let id: String
    let sqlite: String
    let postgresql: String

    public init(_ id: String, _ sql: String) { self.init(id, sqlite: sql, postgresql: sql) }

    public init(_ id: String, sqlite: String, postgresql: String) {
        self.id = id
        self.sqlite = sqlite
        self.postgresql = postgresql.replacing(/\bBLOB\b/, with: "BYTEA")
    }

    func text(for dialect: Dialect) -> String { dialect == .sqlite ? sqlite : postgresql }

    /// Over both texts, so that the file can move from one database to the other.
    var checksum: String { String(Checksum.of(sqlite + "\u{0}" + postgresql), radix: 16) }

    func statements(for dialect: Dialect) -> [String] {
        (text(for: dialect) + "\n").components(separatedBy: ";\n")
            .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
    }
}

extension Database {
    /// Brings the schema up to date: runs the steps that have not run, in order, all in one transaction, with no
    /// other process migrating beside it.
    ///
    /// - Returns: the steps that ran.
    /// - Throws: `DatabaseError.migration` when a step that has run was edited afterwards, or when the database
    ///   has a step that this program doesn't know.
    @discardableResult
    public func migrate(
        _ migrations: [Migration], progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> [String] {
        let known = Set(migrations.map(\.id))
        guard known.count == migrations.count else { throw DatabaseError.migration("two steps bear the same name") }
        let before = try await appliedMigrations()
        try await driver.migrate { transaction in
            try transaction.serialize("precinct.migration")
            try transaction.run(
                """
                CREATE TABLE IF NOT EXISTS migration (
                    id TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)
                """)
            let applied = try Self.applied(in: transaction)
            if let stranger = applied.keys.sorted().first(where: { !known.contains($0) }) {
                throw DatabaseError.migration(
                    "the database has the step '\(stranger)', which this version of precinct doesn't know")
            }
            for migration in migrations {
                if let checksum = applied[migration.id] {
                    guard checksum == migration.checksum else {
                        throw DatabaseError.migration("the step '\(migration.id)' was edited after it had run")
                    }
                    continue
                }
                progress(migration.id)
                for statement in migration.statements(for: transaction.dialect) {
                    try transaction.run("\(unsafeRaw: statement)")
                }
                try transaction.run(
                    """
                    INSERT INTO migration (id, checksum, applied_at)
                    VALUES (\(migration.id), \(migration.checksum), \(Timestamp.now))
                    """)
            }
        }
        return migrations.map(\.id).filter { !before.contains($0) }
    }

    /// The steps that have run here.
    public func appliedMigrations() async throws -> Set<String> {
        let exists: SQL =
            driver.dialect == .sqlite
            ? "SELECT COUNT(*) FROM sqlite_master WHERE name = 'migration'"
            : "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'migration' AND table_schema = current_schema()"
        return try await read { reading in
            guard try reading.value(exists, as: Int.self) ?? 0 > 0 else { return [] }
            return Set(try Self.applied(in: reading).keys)
        }
    }

    private static func applied(in reading: Reading) throws -> [String: String] {
        var applied: [String: String] = [:]
        try reading.each("SELECT id, checksum FROM migration") { row in
            let id: String = try row["id"]
            applied[id] = try row["checksum"]
        }
        return applied
    }
}
