// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Storage
import TestWorld
import Testing

/// Failures that end the whole transaction of a batch, and not just one closure's part of it.
@Suite struct SQLiteFailureTests {
    static let schema = [
        Migration("test-0001", "CREATE TABLE note (id BIGINT PRIMARY KEY, name TEXT NOT NULL);"),
        Migration(
            "test-0002",
            "CREATE TRIGGER guarded BEFORE INSERT ON note WHEN NEW.name = 'bomb' BEGIN SELECT RAISE(ROLLBACK, 'no'); END"
        )
    ]

    @Test("RAISE(ROLLBACK) in one closure loses no other's work", arguments: ["raise", "or rollback"])
    func rollback(way: String) async throws {
        let database = try await TestDatabase.sqlite.open(Self.schema)
        _ = try await database.write { try $0.run("INSERT INTO note (id, name) VALUES (-1, 'first')") }
        let kept = await Self.insert(300, into: database) { number, transaction in
            if number % 7 == 0 {
                if way == "raise" {
                    try transaction.run("INSERT INTO note (id, name) VALUES (\(number), 'bomb')")
                } else {
                    try transaction.run("INSERT OR ROLLBACK INTO note (id, name) VALUES (-1, 'again')")
                }
            } else {
                try transaction.run("INSERT INTO note (id, name) VALUES (\(number), 'good')")
            }
        }
        let found = try await database.read {
            try $0.values("SELECT id FROM note WHERE id >= 0 ORDER BY id", as: Int.self)
        }
        #expect(found == kept)
        #expect(kept == (0..<300).filter { $0 % 7 != 0 })
        await database.close()
    }

    @Test("a full disk refuses, and keeps all that was acknowledged")
    func fullDisk() async throws {
        let database = try await TestDatabase.sqlite.open(Self.schema)
        _ = try await database.write { try $0.value("PRAGMA max_page_count = 60", as: Int.self) }
        let text = String(repeating: "水", count: 500)
        let kept = await Self.insert(400, into: database) { number, transaction in
            try transaction.run("INSERT INTO note (id, name) VALUES (\(number), \(text))")
        }
        #expect(!kept.isEmpty && kept.count < 400)
        let found = try await database.read { try $0.values("SELECT id FROM note ORDER BY id", as: Int.self) }
        #expect(found == kept)
        await #expect(throws: DatabaseError.full) {
            try await database.write { try $0.run("INSERT INTO note (id, name) VALUES (-5, \(text))") }
        }
        _ = try await database.write { try $0.value("PRAGMA max_page_count = 6000", as: Int.self) }
        _ = try await database.write { try $0.run("INSERT INTO note (id, name) VALUES (-6, \(text))") }
        await database.close()
    }

    @Test("a database held by another process answers busy, and works again afterwards")
    func busy() async throws {
        let path = try TestDatabase.temporaryFolder() + "/t.db"
        var options = DatabaseOptions()
        options.busyTimeout = .zero
        let database = try Database.sqlite(at: path, options: options)
        try await database.migrate(Self.schema)
        let other = try Database.sqlite(at: path, options: options)
        await #expect(throws: DatabaseError.busy) {
            try await other.write { transaction in
                try transaction.run("INSERT INTO note (id, name) VALUES (1, 'held')")
                let outcome = Blocking.wait {
                    try await database.write { try $0.run("INSERT INTO note (id, name) VALUES (2, 'x')") }
                }
                throw outcome ?? DatabaseError.timeout
            }
        }
        _ = try await database.write { try $0.run("INSERT INTO note (id, name) VALUES (3, 'after')") }
        await other.close()
        await database.close()
    }

    @Test("a backup holds everything, and is refused when it is none")
    func backup() async throws {
        let folder = try TestDatabase.temporaryFolder()
        let database = try await TestDatabase.sqlite.open(Self.schema)
        _ = await Self.insert(100, into: database) { number, transaction in
            try transaction.run("INSERT INTO note (id, name) VALUES (\(number), 'kept')")
        }
        try await database.backUp(to: folder + "/copy") { _ in }
        await database.close()
        try Database.restoreSQLite(from: folder + "/copy", to: folder + "/back.db")
        let back = try Database.sqlite(at: folder + "/back.db")
        #expect(try await back.read { try $0.value("SELECT COUNT(*) FROM note", as: Int.self) } == 100)
        await back.close()
        try Data("nothing of the sort".utf8).write(to: URL(fileURLWithPath: folder + "/junk"))
        #expect(throws: DatabaseError.self) { try Database.restoreSQLite(from: folder + "/junk", to: folder + "/x.db") }
        #expect(throws: DatabaseError.self) {
            try Database.restoreSQLite(from: folder + "/copy", to: folder + "/back.db")
        }
    }

    private static func insert(
        _ count: Int, into database: Database, _ body: @escaping @Sendable (Int, Transaction) throws -> Void
    ) async -> [Int] {
        await withTaskGroup(of: Int?.self) { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        try await database.write { try body(number, $0) }
                        return number
                    } catch { return nil }
                }
            }
            var kept: [Int] = []
            for await number in group { if let number { kept.append(number) } }
            return kept.sorted()
        }
    }
}

/// Waits on a thread that may block, such as the writer of another database in the same test.
private enum Blocking {
    static func wait(_ work: @escaping @Sendable () async throws -> some Sendable) -> (any Error)? {
        let done = DispatchSemaphore(value: 0)
        let box = Box()
        Task {
            do { _ = try await work() } catch { box.error = error }
            done.signal()
        }
        done.wait()
        return box.error
    }

    /// `@unchecked Sendable`: written before the signal and read after the wait.
    final class Box: @unchecked Sendable {
        var error: (any Error)?
    }
}
