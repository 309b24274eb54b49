// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Storage
import Synchronization
import TestWorld
import Testing

@Suite struct DatabaseTests {
    static let schema = [
        Migration(
            "test-0001",
            """
            CREATE TABLE note (
                id BIGINT PRIMARY KEY,
                name TEXT NOT NULL,
                weight DOUBLE PRECISION,
                raw BLOB,
                parent BIGINT REFERENCES note (id)
            );
            CREATE UNIQUE INDEX note_name_key ON note (name);
            """)
    ]

    struct Note: RowDecodable, Equatable {
        let id: Int64
        let name: String
        let weight: Double?
        let raw: [UInt8]?
        init(row: Row) throws {
            id = try row["id"]
            name = try row["name"]
            weight = try row["weight"]
            raw = try row["raw"]
        }
    }

    @Test("what is written is read as it was", arguments: TestDatabase.kinds)
    func values(kind: TestDatabase) async throws {
        let database = try await kind.open(Self.schema)
        let raw: [UInt8] = Array(0...255)
        try await database.write {
            try $0.run(
                "INSERT INTO note (id, name, weight, raw) VALUES (\(Int64.max), \("清泉 '\"\\ 🌊"), \(0.1), \(raw))")
            try $0.run(
                "INSERT INTO note (id, name, weight, raw) VALUES (\(2), \(""), \(nil as Double?), \([] as [UInt8]))")
        }
        let notes = try await database.read { try $0.all("SELECT * FROM note ORDER BY id DESC", as: Note.self) }
        #expect(notes[0].name == "清泉 '\"\\ 🌊" && notes[0].weight == 0.1 && notes[0].raw == raw)
        #expect(notes[1].weight == nil && notes[1].raw == [])
        #expect(try await database.read { try $0.value("SELECT COUNT(*) FROM note", as: Int.self) } == 2)
        await database.close()
    }

    @Test("a broken rule says which", arguments: TestDatabase.kinds)
    func rules(kind: TestDatabase) async throws {
        let database = try await kind.open(Self.schema)
        _ = try await database.write { try $0.run("INSERT INTO note (id, name) VALUES (1, 'a')") }
        await #expect(
            performing: {
                try await database.write { try $0.run("INSERT INTO note (id, name) VALUES (2, 'a')") }
            },
            throws: { error in
                guard case DatabaseError.unique(let what) = error else { return false }
                return what.contains("name")
            })
        await #expect(throws: DatabaseError.foreignKey) {
            try await database.write { try $0.run("INSERT INTO note (id, name, parent) VALUES (3, 'b', 99)") }
        }
        await database.close()
    }

    @Test("a failing closure takes nothing of the others with it", arguments: TestDatabase.kinds)
    func isolation(kind: TestDatabase) async throws {
        struct Refused: Error {}
        let database = try await kind.open(Self.schema)
        let kept = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        return try await database.write { transaction in
                            try transaction.run("INSERT INTO note (id, name) VALUES (\(number), \("n\(number)"))")
                            if number % 3 == 0 { throw Refused() }
                            return number
                        }
                    } catch { return nil }
                }
            }
            var kept: [Int] = []
            for await number in group { if let number { kept.append(number) } }
            return kept.sorted()
        }
        let found = try await database.read { try $0.values("SELECT id FROM note ORDER BY id", as: Int.self) }
        #expect(found == kept && kept.count == 133)
        await database.close()
    }

    @Test("observers hear of a commit before its writer does, and not of a failure", arguments: TestDatabase.kinds)
    func announcements(kind: TestDatabase) async throws {
        struct Refused: Error {}
        let database = try await kind.open(Self.schema)
        let heard = Mutex<[String]>([])
        database.observe { news in heard.withLock { $0 += news.compactMap { $0 as? String } } }
        try await database.write { $0.announce("first") }
        #expect(heard.withLock { $0 } == ["first"])
        await #expect(throws: Refused.self) {
            try await database.write { transaction in
                transaction.announce("never")
                throw Refused()
            }
        }
        #expect(heard.withLock { $0 } == ["first"])
        await database.close()
    }

    @Test("a read transaction can't write", arguments: TestDatabase.kinds)
    func readOnly(kind: TestDatabase) async throws {
        let database = try await kind.open(Self.schema)
        await #expect(throws: DatabaseError.self) {
            try await database.read {
                try $0.value("INSERT INTO note (id, name) VALUES (1, 'x') RETURNING id", as: Int.self)
            }
        }
        #expect(try await database.read { try $0.value("SELECT COUNT(*) FROM note", as: Int.self) } == 0)
        await database.close()
    }

    @Test("a read that takes too long is ended", arguments: TestDatabase.kinds)
    func timeLimit(kind: TestDatabase) async throws {
        var options = DatabaseOptions()
        options.readLimit = .seconds(1)
        let database: Database
        switch kind {
        case .sqlite: database = try Database.sqlite(at: TestDatabase.temporaryFolder() + "/t.db", options: options)
        case .postgresql:
            database = try Database.postgresql(
                ProcessInfo.processInfo.environment["PRECINCT_TEST_POSTGRES"] ?? "", options: options)
        }
        await #expect(throws: DatabaseError.timeout) {
            try await database.read {
                try $0.value(
                    """
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)
                    SELECT COUNT(*) FROM n
                    """, as: Int.self)
            }
        }
        await database.close()
    }

    @Test("another process's commit is noticed", arguments: TestDatabase.kinds)
    func changes(kind: TestDatabase) async throws {
        let database = try await kind.open(Self.schema)
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        database.changes { wake.yield() }
        try await database.write { transaction in
            try transaction.run("INSERT INTO note (id, name) VALUES (1, 'x')")
            transaction.announce("news")
        }
        for await _ in wakes { break }
        await database.close()
    }
}
