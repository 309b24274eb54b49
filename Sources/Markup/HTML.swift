// SPDX-License-Identifier: AGPL-3.0-or-later

/// A piece of a page, written as a literal whose interpolations are made safe.
///
///     "<li>\(name)</li>"
///
/// escapes `name`. Pieces are put together by interpolating one into another. The bytes are UTF-8.
public struct HTML: Sendable {
    public private(set) var bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Nothing at all.
    public static let empty = HTML(bytes: [])

    /// Text with everything escaped.
    public init(text: String) {
        bytes = []
        Escaping.append(text, to: &bytes)
    }

    public var isEmpty: Bool { bytes.isEmpty }

    public static func + (left: HTML, right: HTML) -> HTML { HTML(bytes: left.bytes + right.bytes) }
    public static func += (left: inout HTML, right: HTML) { left.bytes.append(contentsOf: right.bytes) }
}

extension HTML: CustomStringConvertible {
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension HTML: ExpressibleByStringInterpolation {
    public init(stringLiteral value: StaticString) {
        bytes = value.withUTF8Buffer { Array($0) }
    }

    public init(stringInterpolation: Interpolation) {
        bytes = stringInterpolation.bytes
    }

    /// Collects the pieces of one literal. What is between them decides how they are made safe.
    public struct Interpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + interpolationCount * 24)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }

        /// Text, escaped for content and for quoted attributes alike.
        public mutating func appendInterpolation(_ text: String) {
            Escaping.append(text, to: &bytes)
        }

        public mutating func appendInterpolation(_ text: String?) {
            if let text { Escaping.append(text, to: &bytes) }
        }

        public mutating func appendInterpolation(_ number: some BinaryInteger) {
            bytes.append(contentsOf: String(number).utf8)
        }

        public mutating func appendInterpolation(_ html: HTML) {
            bytes.append(contentsOf: html.bytes)
        }

        public mutating func appendInterpolation(_ html: HTML?) {
            if let html { bytes.append(contentsOf: html.bytes) }
        }

        /// An address for `href`, `src` or `action`: http, https, mailto, tel, or a place on this site; anything else
        /// becomes `#`.
        public mutating func appendInterpolation(url: String) {
            Escaping.append(SafeURL.check(url) ?? "#", to: &bytes)
        }

        /// A whole attribute with a space in front, or nothing when there is no value.
        public mutating func appendInterpolation(attr name: StaticString, _ value: String?) {
            guard let value else { return }
            bytes.append(UInt8(ascii: " "))
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: "=\"".utf8)
            Escaping.append(value, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }

        /// An attribute without a value, such as `checked`, with a space in front, or nothing.
        public mutating func appendInterpolation(flag name: StaticString, _ isOn: Bool) {
            guard isOn else { return }
            bytes.append(UInt8(ascii: " "))
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }

        /// The one way around escaping. Only for text that a library has already made safe.
        public mutating func appendInterpolation(unsafeRaw text: String) {
            bytes.append(contentsOf: text.utf8)
        }
    }
}

/// One piece for each element, one after the other.
public func each<S: Sequence>(_ items: S, _ render: (S.Element) throws -> HTML) rethrows -> HTML {
    var html = HTML.empty
    for item in items { html += try render(item) }
    return html
}

/// A piece that is there only on a condition.
public func when(_ condition: Bool, _ render: () throws -> HTML) rethrows -> HTML {
    condition ? try render() : .empty
}

/// A piece that is there only with its value.
public func some<T>(_ value: T?, _ render: (T) throws -> HTML) rethrows -> HTML {
    guard let value else { return .empty }
    return try render(value)
}
