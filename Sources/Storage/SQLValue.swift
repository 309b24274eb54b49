// SPDX-License-Identifier: AGPL-3.0-or-later

/// The types of column that both databases have.
public enum SQLType: Sendable {
    case integer, real, text, blob, boolean
}

/// A value on its way into or out of a statement.
///
/// A null carries its type, since PostgreSQL wants one for every parameter.
public enum SQLValue: Sendable, Equatable {
    case null(SQLType)
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    case boolean(Bool)

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

/// A Swift type that lives in a column.
public protocol SQLValueConvertible: Sendable {
    static var sqlType: SQLType { get }
    var sqlValue: SQLValue { get }
    /// - Throws: `DatabaseError.conversion` when the column holds something else.
    init(sqlValue: SQLValue) throws(DatabaseError)
}

extension Int64: SQLValueConvertible {
    public static var sqlType: SQLType { .integer }
    public var sqlValue: SQLValue { .integer(self) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .integer(let value) = sqlValue else { throw .conversion("not an integer") }
        self = value
    }
}

extension Int: SQLValueConvertible {
    public static var sqlType: SQLType { .integer }
    public var sqlValue: SQLValue { .integer(Int64(self)) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        self = Int(try Int64(sqlValue: sqlValue))
    }
}

extension Double: SQLValueConvertible {
    public static var sqlType: SQLType { .real }
    public var sqlValue: SQLValue { .real(self) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        switch sqlValue {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        default: throw .conversion("not a number")
        }
    }
}

extension String: SQLValueConvertible {
    public static var sqlType: SQLType { .text }
    public var sqlValue: SQLValue { .text(self) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .text(let value) = sqlValue else { throw .conversion("not text") }
        self = value
    }
}

extension Bool: SQLValueConvertible {
    public static var sqlType: SQLType { .boolean }
    public var sqlValue: SQLValue { .boolean(self) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .boolean(let value) = sqlValue else { throw .conversion("not a boolean") }
        self = value
    }
}

extension [UInt8]: SQLValueConvertible {
    public static var sqlType: SQLType { .blob }
    public var sqlValue: SQLValue { .blob(self) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .blob(let value) = sqlValue else { throw .conversion("not bytes") }
        self = value
    }
}

/// Enumerations of text conform by saying so.
extension SQLValueConvertible where Self: RawRepresentable, RawValue == String {
    public static var sqlType: SQLType { .text }
    public var sqlValue: SQLValue { .text(rawValue) }
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        let word = try String(sqlValue: sqlValue)
        guard let value = Self(rawValue: word) else { throw .conversion("no \(Self.self) is called '\(word)'") }
        self = value
    }
}
