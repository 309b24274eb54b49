// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Synchronization

/// The wording of the interface in one language.
///
/// Every phrase has a key; all languages have the same keys. A test reads the sources and fails for a key that a
/// file lacks.
public struct Words: Sendable {
    /// The language tag (BCP 47), `zh-Hans` or `en`.
    public let language: String
    private let phrases: [String: String]

    init(language: String, phrases: [String: String]) {
        self.language = language
        self.phrases = phrases
    }

    /// The phrase for a key; the key itself when there is none, which no test lets pass.
    public func callAsFunction(_ key: String) -> String {
        phrases[key] ?? key
    }

    /// The phrase for a key with its blanks filled: `{name}` in the phrase takes the value for `name`.
    public func callAsFunction(_ key: String, _ values: KeyValuePairs<String, String>) -> String {
        let phrase = self(key)
        var filled = ""
        var rest = phrase.utf8[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: "}"))
        {
            filled += phrase[rest.startIndex..<open]
            let name = phrase[rest.index(after: open)..<close]
            // A blank that nobody fills stays visible, so that it is noticed.
            filled += values.first { $0.key == name }?.value ?? String(phrase[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return filled + phrase[rest.startIndex...]
    }

    /// A phrase that counts: `KEY.one` or `KEY.other`, with `{n}` filled.
    public func count(_ key: String, _ n: Int) -> String {
        self(n == 1 ? key + ".one" : key + ".other", ["n": String(n)])
    }

    public func has(_ key: String) -> Bool { phrases[key] != nil }
    var keys: Set<String> { Set(phrases.keys) }
}

/// All languages that there are files for.
public struct Languages: Sendable {
    private let words: [String: Words]

    /// Reads the language files beside the program. Adding a language is adding a file.
    public static func load() throws -> Languages {
        guard let folder = Bundle.module.url(forResource: "Languages", withExtension: nil) else {
            throw AssetProblem.missing("Languages")
        }
        var words: [String: Words] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "json" {
            let tag = file.deletingPathExtension().lastPathComponent
            let phrases = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
            words[tag] = Words(language: tag, phrases: phrases)
        }
        return Languages(words: words)
    }

    init(words: [String: Words]) { self.words = words }

    public var tags: [String] { words.keys.sorted() }

    /// The words of a language; of another one when there is no file for it.
    public subscript(tag: String) -> Words {
        words[tag] ?? words["zh-Hans"] ?? words["en"] ?? Words(language: tag, phrases: [:])
    }

    /// Chooses a language: the reader's own choice, else what the browser asks for, else the city's.
    ///
    /// - Parameters:
    ///   - chosen: what the reader chose by the switch.
    ///   - accepted: the `Accept-Language` header (RFC 9110, section 12.5.4).
    ///   - offered: the languages that the city offers.
    public func negotiate(chosen: String?, accepted: String?, offered: [String], fallback: String) -> String {
        if let chosen, offered.contains(chosen), words[chosen] != nil { return chosen }
        guard let accepted else { return fallback }
        var best: (tag: String, weight: Double)?
        for range in accepted.prefix(200).split(separator: ",").prefix(10) {
            let parts = range.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            guard let asked = parts.first?.lowercased() else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            guard weight > 0, weight > best?.weight ?? 0 else { continue }
            let primary = asked.prefix { $0 != "-" }
            if let tag = offered.first(where: {
                $0.lowercased() == asked || $0.lowercased().hasPrefix(primary + "-") || $0.lowercased() == primary
            }) {
                best = (tag, weight)
            }
        }
        return best?.tag ?? fallback
    }
}

enum AssetProblem: Error {
    case missing(String)
}
