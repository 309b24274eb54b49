// SPDX-License-Identifier: AGPL-3.0-or-later

/// A statement or a part of one, written as a literal whose interpolations bind.
///
///     "SELECT * FROM desk WHERE id = \(id)"
///
/// is never text with a number pasted in: values travel beside the text, which holds `$1`, `$2` and so on. Parts are
/// put together with `\(sql:)`, and numbering follows.
public struct SQL: Sendable, Equatable {
    /// The text around the values: one piece more than there are values.
    private(set) var pieces: [String]
    public private(set) var values: [SQLValue]

    init(pieces: [String], values: [SQLValue]) {
        self.pieces = pieces
        self.values = values
    }

    /// The text with its numbered parameters.
    public var text: String {
        guard !values.isEmpty else { return pieces[0] }
        var text = pieces[0]
        for (index, piece) in pieces.dropFirst().enumerated() {
            text += "$"
            text += String(index + 1)
            text += piece
        }
        return text
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    mutating func append(_ other: SQL) {
        pieces[pieces.count - 1] += other.pieces[0]
        pieces.append(contentsOf: other.pieces.dropFirst())
        values.append(contentsOf: other.values)
    }

    mutating func append(_ value: SQLValue) {
        values.append(value)
        pieces.append("")
    }
}

extension [SQL] {
    /// The parts with a separator between them, such as `" AND "`.
    public func joined(by separator: SQL) -> SQL {
        var sum = SQL(pieces: [""], values: [])
        for (index, part) in enumerated() {
            if index > 0 { sum.append(separator) }
            sum.append(part)
        }
        return sum
    }
}

extension SQL: ExpressibleByStringInterpolation {
    public init(stringLiteral value: StaticString) {
        self.init(pieces: ["\(value)"], values: [])
    }

    public init(stringInterpolation: Interpolation) {
        self = stringInterpolation.sql
    }

    public struct Interpolation: StringInterpolationProtocol {
        var sql = SQL(pieces: [""], values: [])

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.pieces.reserveCapacity(interpolationCount + 1)
            sql.values.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            sql.pieces[sql.pieces.count - 1] += literal.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        }

        public mutating func appendInterpolation<T: SQLValueConvertible>(_ value: T) {
            sql.append(value.sqlValue)
        }

        public mutating func appendInterpolation<T: SQLValueConvertible>(_ value: T?) {
            sql.append(value?.sqlValue ?? .null(T.sqlType))
        }

        /// Another part of the statement.
        public mutating func appendInterpolation(sql other: SQL) {
            sql.append(other)
        }

        /// Values for `IN`, with their parentheses. No value gives a list that nothing is in.
        public mutating func appendInterpolation<T: SQLValueConvertible>(list: [T]) {
            guard !list.isEmpty else { return sql.append(SQL(pieces: ["(NULL)"], values: [])) }
            for (index, value) in list.enumerated() {
                sql.append(SQL(pieces: [index == 0 ? "(" : ", "], values: []))
                sql.append(value.sqlValue)
            }
            sql.append(SQL(pieces: [")"], values: []))
        }

        /// Text that becomes part of the statement as it stands. Never with anything that came from outside.
        public mutating func appendInterpolation(unsafeRaw text: String) {
            sql.append(SQL(pieces: [text], values: []))
        }
    }
}
