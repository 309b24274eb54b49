// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage
import TestWorld
import Testing

@Suite struct SearchTests {
    static let texts: [Int64: String] = [
        1: "桥北交警大队", 2: "湖东公安分局 Hudong Sub-bureau", 3: "柳园派出所", 4: "柳灣派出所 Liuwan",
        5: "警 一字", 6: "110 紧急报警", 7: "O'Brien -- \"quoted\" AND OR", 8: "北桥 警交"
    ]

    @Test("the same hits on either database", arguments: TestDatabase.kinds)
    func hits(kind: TestDatabase) async throws {
        let index = SearchIndex("note")
        let database = try await kind.open([index.migration])
        try await database.write { transaction in
            for (id, text) in Self.texts { try index.put(id, title: text, text: "", in: transaction) }
        }
        let expected: [(String, Set<Int64>)] = [
            ("交警", [1]), ("桥北", [1]), ("桥北交警", [1]), ("大队", [1]), ("警", [1, 5, 6, 8]), ("派出所", [3, 4]),
            ("柳湾", [4]), ("柳灣", [4]), ("hudong", [2]), ("HUD", [2]), ("ＨＵＤＯＮＧ", [2]), ("110", [6]),
            ("bureau sub", [2]), ("o'brien", [7]), ("\"quoted\"", [7]), ("and", [7]), ("分局 hudong", [2]), ("交通", []),
            ("", []), ("，。！", []), ("* OR 1=1", []), ("'; DROP", [])
        ]
        for (query, ids) in expected {
            let found = try await database.read { try index.matches(query, limit: 50, in: $0) }
            #expect(Set(found) == ids, "\(query)")
        }
        _ = try await database.write { try index.remove(1, in: $0) }
        #expect(try await database.read { try index.matches("交警", limit: 50, in: $0) } == [])
        await database.close()
    }

    @Test("text is cut into words and overlapping pairs")
    func words() {
        #expect(SearchText.words("桥北 Traffic-警") == ["桥北", "北", "traffic", "警"])
        #expect(SearchText.words("交通警察") == ["交通", "通警", "警察", "察"])
    }

    @Test("no query breaks the index", arguments: TestDatabase.kinds)
    func fuzz(kind: TestDatabase) async throws {
        let index = SearchIndex("note")
        let database = try await kind.open([index.migration])
        _ = try await database.write { try index.put(1, title: "a b 警察", text: "", in: $0) }
        let alphabet = Array("ab警察\"'*-():&|!<>\\^~ \u{0}\u{300}é")
        for _ in 0..<300 {
            let query = String((0..<12).map { _ in alphabet.randomElement()! })
            _ = try await database.read { try index.matches(query, limit: 5, in: $0) }
        }
        await database.close()
    }
}
