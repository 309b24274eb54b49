// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Frame
import Testing

@Suite struct WordsTests {
    static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources")

    private func file(_ tag: String) throws -> [String: String] {
        let url = Self.sources.appendingPathComponent("Frame/Languages/\(tag).json")
        return try JSONDecoder().decode([String: String].self, from: Data(contentsOf: url))
    }

    @Test("all languages have the same phrases with the same blanks")
    func parity() throws {
        let (chinese, english) = (try file("zh-Hans"), try file("en"))
        #expect(Set(chinese.keys).symmetricDifference(english.keys).isEmpty)
        for (key, phrase) in chinese {
            func blanks(_ text: String) -> Set<String> { Set(text.matches(of: /\{(\w+)\}/).map { String($0.1) }) }
            // English may say "one unit" without the number.
            if key.hasSuffix(".one") { continue }
            #expect(blanks(phrase) == blanks(english[key] ?? ""), "\(key)")
        }
    }

    @Test("every phrase that the sources name is there")
    func complete() throws {
        let words = try Languages.load()["zh-Hans"]
        var named = Set<String>()
        for case let url as URL in FileManager.default.enumerator(at: Self.sources, includingPropertiesForKeys: nil)!
        where url.pathExtension == "swift" {
            let text = try String(contentsOf: url, encoding: .utf8)
            for match in text.matches(of: /(?:words|filled|visit\.words)\("([a-z][a-z0-9.-]*)"/) {
                named.insert(String(match.1))
            }
            for match in text.matches(of: /\.count\("([a-z][a-z0-9.-]*)"/) {
                named.insert(match.1 + ".one"); named.insert(match.1 + ".other")
            }
            for match in text.matches(of: /saying: "([a-z][a-z0-9.-]*)"/) { named.insert(String(match.1)) }
            for match in text.matches(of: /Explained\(\d+, "([a-z0-9.]*)"/) {
                named.insert(match.1 + ".title"); named.insert(match.1 + ".text")
            }
        }
        #expect(named.count > 250)
        let missing = named.filter { !words.has($0) }.sorted()
        #expect(missing.isEmpty, "\(missing)")
    }

    @Test(
        "a browser gets the language that it asks for, a reader the chosen one",
        arguments: [
            (nil, nil, "zh-Hans"), (nil, "en-GB,en;q=0.9", "en"), (nil, "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
            (nil, "de-DE,de;q=0.9,en;q=0.5", "en"), (nil, "de", "zh-Hans"), ("en", "zh-CN", "en"), ("xx", "en", "en"),
            (nil, "en;q=0, zh", "zh-Hans"), (nil, ",;q=,=;", "zh-Hans")
        ] as [(String?, String?, String)])
    func negotiation(chosen: String?, accepted: String?, expected: String) throws {
        let languages = try Languages.load()
        #expect(
            languages.negotiate(chosen: chosen, accepted: accepted, offered: ["zh-Hans", "en"], fallback: "zh-Hans")
                == expected)
    }

    @Test("blanks are filled, and an unfilled one stays visible")
    func blanks() throws {
        let words = try Languages.load()["en"]
        #expect(words("home.title", ["city": "Qingquan"]) == "Qingquan police online")
        #expect(words("home.title", [:]).contains("{city}"))
        #expect(words.count("desks.count", 1) == "1 unit" && words.count("desks.count", 2) == "2 units")
    }
}
