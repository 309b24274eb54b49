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
        if case .text(let text) = sqlValue, let texts = PlainPairs.read(text) {
            self.texts = texts
        } else {
            self = try StoredJSON.decode(Localized.self, from: sqlValue)
        }
    }
}

/// Reads the columns that a desk page is full of, `{"en":"Hours","zh-Hans":"办公时间"}`, in a fiftieth of the time
/// that a JSON decoder takes.
enum PlainPairs {
    /// - Returns: nil for everything that is not as plain as our own encoder writes it, for the real decoder to read.
    static func read(_ text: String) -> [String: String]? {
        var text = text
        return text.withUTF8 { bytes -> [String: String]? in
            guard bytes.count >= 2, bytes[0] == UInt8(ascii: "{"), bytes[bytes.count - 1] == UInt8(ascii: "}") else {
                return nil
            }
            var pairs: [String: String] = [:]
            var place = 1
            while place < bytes.count - 1 {
                guard let key = string(bytes, &place), place < bytes.count, bytes[place] == UInt8(ascii: ":") else {
                    return nil
                }
                place += 1
                guard let value = string(bytes, &place) else { return nil }
                pairs[key] = value
                guard bytes[place] == UInt8(ascii: ",") else { return place == bytes.count - 1 ? pairs : nil }
                place += 1
            }
            return pairs
        }
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9
    ]

    private static func string(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> String? {
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
        let start = place + 1
        var end = start
        var unescaped: [UInt8] = []
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            if bytes[end] == UInt8(ascii: "\\") {
                guard end + 1 < bytes.count, let meant = escapes[bytes[end + 1]] else { return nil }
                if unescaped.isEmpty { unescaped.append(contentsOf: bytes[start..<end]) }
                unescaped.append(meant)
                end += 2
            } else {
                if !unescaped.isEmpty { unescaped.append(bytes[end]) }
                end += 1
            }
        }
        guard end < bytes.count - 1 else { return nil }
        place = end + 1
        return unescaped.isEmpty
            ? String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
            : String(decoding: unescaped, as: UTF8.self)
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
