// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage
import TestWorld
import Testing

@Suite struct MigrationTests {
    static let first = Migration("a-0001", "CREATE TABLE one (id BIGINT PRIMARY KEY);")
    static let second = Migration("a-0002", "CREATE TABLE two (id BIGINT PRIMARY KEY, raw BLOB);")

    @Test("steps run once, in order", arguments: TestDatabase.kinds)
    func order(kind: TestDatabase) async throws {
        let database = try await kind.open()
        #expect(try await database.migrate([Self.first]) == ["a-0001"])
        #expect(try await database.migrate([Self.first, Self.second]) == ["a-0002"])
        #expect(try await database.migrate([Self.first, Self.second]) == [])
        await database.close()
    }

    @Test("an edited step and an unknown one are refused", arguments: TestDatabase.kinds)
    func edited(kind: TestDatabase) async throws {
        let database = try await kind.open([Self.first, Self.second])
        let edited = Migration("a-0001", "CREATE TABLE one (id BIGINT PRIMARY KEY, more TEXT);")
        await #expect(throws: DatabaseError.self) { try await database.migrate([edited, Self.second]) }
        await #expect(throws: DatabaseError.self) { try await database.migrate([Self.first]) }
        await database.close()
    }

    @Test("a step that fails leaves nothing behind", arguments: TestDatabase.kinds)
    func failing(kind: TestDatabase) async throws {
        let database = try await kind.open()
        let broken = Migration("a-0002", "CREATE TABLE two (id BIGINT PRIMARY KEY);\nCREATE NONSENSE;")
        await #expect(throws: DatabaseError.self) { try await database.migrate([Self.first, broken]) }
        #expect(try await database.migrate([Self.first, Self.second]) == ["a-0001", "a-0002"])
        await database.close()
    }
}
