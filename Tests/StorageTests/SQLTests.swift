// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage
import Testing

@Suite struct SQLTests {
    @Test("values never enter the text")
    func binding() {
        let name = "'; DROP TABLE desk; --"
        let sql: SQL = "SELECT * FROM desk WHERE name = \(name) AND id = \(7)"
        #expect(sql.text == "SELECT * FROM desk WHERE name = $1 AND id = $2")
        #expect(sql.values == [.text(name), .integer(7)])
    }

    @Test("parts are numbered as they are put together")
    func fragments() {
        let part: SQL = "b = \("x")"
        let sql: SQL = "SELECT \(1) WHERE \(sql: part) AND c IN \(list: [2, 3]) AND d = \(nil as Int?)"
        #expect(sql.text == "SELECT $1 WHERE b = $2 AND c IN ($3, $4) AND d = $5")
        #expect(sql.values.last == .null(.integer))
    }

    @Test("an empty list has nothing in it")
    func emptyList() {
        #expect(("x IN \(list: [] as [Int])" as SQL).text == "x IN (NULL)")
    }

    @Test("numbering holds for any nesting")
    func property() {
        for depth in 0..<50 {
            var sql: SQL = "\(0)"
            for level in 1...depth + 1 { sql = "\(level), \(sql: sql), \(level)" }
            let numbers = sql.text.matches(of: /\$(\d+)/).compactMap { Int($0.1) }
            #expect(numbers == Array(1...sql.values.count))
        }
    }
}

@Suite struct IdentifierTests {
    @Test("identifiers grow, and read back from their text")
    func order() {
        var last = ID<SQLTests>.next()
        for _ in 0..<10_000 {
            let next = ID<SQLTests>.next()
            #expect(next > last && ID<SQLTests>(next.description) == next)
            last = next
        }
        for text in ["", "-1", "+1", "01", "1.0", "９", "99999999999999999999"] {
            #expect(ID<SQLTests>(text) == nil)
        }
    }

    @Test("moments print as ISO 8601, before 1970 too")
    func moments() {
        #expect(Timestamp(milliseconds: 1_282_200_780_123).iso8601 == "2010-08-19T06:53:00Z")
        #expect(Timestamp(milliseconds: -1).iso8601 == "1969-12-31T23:59:59Z")
        #expect((Timestamp(milliseconds: 5000) - .seconds(2)).milliseconds == 3000)
    }
}
