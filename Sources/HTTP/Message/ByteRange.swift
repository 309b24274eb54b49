// SPDX-License-Identifier: AGPL-3.0-or-later

/// The part of a file that a request asks for (RFC 9110, section 14.1.2). Several ranges at once get the whole file,
/// as the standard allows.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    case unsatisfiable

    static func parse(_ header: String?, size: Int) -> ByteRange {
        guard let header, header.hasPrefix("bytes=") else { return .whole }
        let spec = header.dropFirst(6)
        guard !spec.contains(","), let dash = spec.firstIndex(of: "-") else { return .whole }
        let (from, to) = (spec[..<dash], spec[spec.index(after: dash)...])
        func number(_ text: Substring) -> Int? { text.allSatisfy(\.isASCIIDigit) ? Int(text) : nil }
        if from.isEmpty {
            guard let count = number(to), !to.isEmpty else { return .whole }
            return count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        }
        guard let start = number(from) else { return .whole }
        if to.isEmpty { return start < size ? .part(start..<size) : .unsatisfiable }
        guard let end = number(to), end >= start else { return .whole }
        // Not `end + 1`: the end may be the greatest number there is.
        return start < size ? .part(start..<min(size - 1, end) + 1) : .unsatisfiable
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { self >= "0" && self <= "9" }
}
