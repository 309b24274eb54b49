// SPDX-License-Identifier: AGPL-3.0-or-later

/// Reads the JSON columns that a desk page is full of, as our own encoder writes them, in a fiftieth of the time that
/// a general decoder takes. Everything else it leaves to that decoder, by answering nil.
struct PlainJSON {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0

    /// `{"en":"Hours","zh-Hans":"办公时间"}`
    static func pairs(_ text: String) -> [String: String]? {
        read(text) { reader in reader.pairs() }
    }

    /// `[{"need":{"en":"Emergency"},"number":"110"}]`
    static func numbers(_ text: String) -> [CallNumber]? {
        read(text) { reader in reader.numbers() }
    }

    private static func read<T>(_ text: String, _ body: (inout PlainJSON) -> T?) -> T? {
        var text = text
        return text.withUTF8 { bytes in
            var reader = PlainJSON(bytes: bytes)
            guard let value = body(&reader), reader.place == bytes.count else { return nil }
            return value
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func pairs() -> [String: String]? {
        guard take("{") else { return nil }
        var pairs: [String: String] = [:]
        if take("}") { return pairs }
        while true {
            guard let key = string(), take(":"), let value = string() else { return nil }
            pairs[key] = value
            if take("}") { return pairs }
            guard take(",") else { return nil }
        }
    }

    private mutating func numbers() -> [CallNumber]? {
        guard take("[") else { return nil }
        var numbers: [CallNumber] = []
        if take("]") { return numbers }
        while true {
            guard take("{"), string() == "need", take(":"), let need = pairs(), take(","), string() == "number",
                take(":"),
                let number = string(), take("}")
            else { return nil }
            numbers.append(CallNumber(number: number, need: Localized(need)))
            if take("]") { return numbers }
            guard take(",") else { return nil }
        }
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        let start = place
        var unescaped: [UInt8] = []
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            if bytes[place] == UInt8(ascii: "\\") {
                guard place + 1 < bytes.count, let meant = Self.escapes[bytes[place + 1]] else { return nil }
                if unescaped.isEmpty { unescaped.append(contentsOf: bytes[start..<place]) }
                unescaped.append(meant)
                place += 2
            } else {
                if !unescaped.isEmpty { unescaped.append(bytes[place]) }
                place += 1
            }
        }
        let end = place
        guard take("\"") else { return nil }
        return unescaped.isEmpty
            ? String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
            : String(decoding: unescaped, as: UTF8.self)
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9
    ]
}
