// SPDX-License-Identifier: AGPL-3.0-or-later

/// Makes text harmless inside elements and quoted attributes.
enum Escaping {
    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { source in
            var start = 0
            for index in 0..<source.count {
                let replacement: StaticString
                var length = 1
                switch source[index] {
                case UInt8(ascii: "&"): replacement = "&amp;"
                case UInt8(ascii: "<"): replacement = "&lt;"
                case UInt8(ascii: ">"): replacement = "&gt;"
                case UInt8(ascii: "\""): replacement = "&quot;"
                case UInt8(ascii: "'"): replacement = "&#39;"
                // Control characters other than tab and the line ends have no place in a page.
                case 0...8, 11, 12, 14...31, 127: replacement = ""
                // U+202A-202E and U+2066-2069 turn the reading direction of what follows: a name must not
                // rewrite the sentence after it.
                case 0xE2 where Self.turnsDirection(source, index):
                    replacement = ""
                    length = 3
                default: continue
                }
                guard index >= start else { continue }
                bytes.append(contentsOf: source[start..<index])
                replacement.withUTF8Buffer { bytes.append(contentsOf: $0) }
                start = index + length
            }
            if start < source.count { bytes.append(contentsOf: source[start...]) }
        }
    }

    private static func turnsDirection(_ source: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        guard index + 2 < source.count else { return false }
        switch (source[index + 1], source[index + 2]) {
        case (0x80, 0xAA...0xAE), (0x81, 0xA6...0xA9): return true
        default: return false
        }
    }
}

/// Decides which addresses a page may lead to.
public enum SafeURL {
    /// The address itself, or nil for one that a page must not carry.
    public static func check(_ url: String) -> String? {
        // Browsers drop tabs and line ends inside an address and read `\` as `/` (WHATWG URL, 4.4).
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") }) else { return nil }
        if isOwnPlace(url) { return url }
        let lower = url.lowercased()
        let schemes = ["https://", "http://", "mailto:", "tel:"]
        return schemes.contains { lower.hasPrefix($0) && lower.utf8.count > $0.utf8.count } ? url : nil
    }

    /// True for a place on this site: a path, a query or a fragment; `//host` is another site.
    public static func isOwnPlace(_ url: String) -> Bool {
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") }) else { return false }
        return url.hasPrefix("#") || url.hasPrefix("?") || url.hasPrefix("/") && !url.hasPrefix("//")
    }
}
