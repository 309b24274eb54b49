// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Storage

/// A short text in the languages that somebody has written it in, by language tag (`zh-Hans`, `en`).
///
/// Stored as one JSON column. Reading falls back to another language rather than to nothing.
public struct Localized: Hashable, Sendable {
    public private(set) var texts: [String: String]

    public init(_ texts: [String: String] = [:]) {
        self.texts = texts.filter { !$0.value.isEmpty }
    }

    public subscript(language: String) -> String {
        get {
            texts[language] ?? texts["zh-Hans"] ?? texts["en"] ?? texts.sorted { $0.key < $1.key }.first?.value ?? ""
        }
        set { texts[language] = newValue.isEmpty ? nil : newValue }
    }

    /// What was written in this very language; empty when nothing was.
    public func written(in language: String) -> String { texts[language] ?? "" }

    /// The language whose text a reader of `language` gets, for the `lang` attribute.
    public func language(for language: String) -> String {
        if texts[language] != nil { return language }
        if texts["zh-Hans"] != nil { return "zh-Hans" }
        if texts["en"] != nil { return "en" }
        return texts.keys.min() ?? language
    }

    public var isEmpty: Bool { texts.isEmpty }

    /// Every wording, for the search index.
    public var all: String { texts.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n") }
}

extension Localized: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([String: String].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(texts)
    }
}

extension Localized: SQLValueConvertible {
    public static var sqlType: SQLType { .text }
    public var sqlValue: SQLValue { .text(StoredJSON.encode(self)) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        if case .text(let text) = sqlValue, let texts = PlainJSON.pairs(text) {
            self.texts = texts
        } else {
            self = try StoredJSON.decode(Localized.self, from: sqlValue)
        }
    }
}

/// JSON columns: sorted keys, so that the same value is always the same text.
enum StoredJSON {
    static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(value) else {
            // Only our own plain values come here, and they always encode.
            preconditionFailure("a stored value does not encode")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func decode<T: Decodable>(_ type: T.Type, from value: SQLValue) throws(DatabaseError) -> T {
        guard case .text(let text) = value else { throw .conversion("a JSON column is not text") }
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw .conversion("a JSON column does not hold \(type)")
        }
    }
}
