// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// The number of one thing of a kind: 63 bits, sorted by the time of creation.
///
/// The upper 43 bits are milliseconds since 1970, the lower 20 start at random in each millisecond, so that several
/// processes number without asking each other.
public struct ID<Subject>: Hashable, Comparable, Sendable {
    public let rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    public static func next() -> ID { ID(rawValue: IDSource.next()) }
    public static func < (left: ID, right: ID) -> Bool { left.rawValue < right.rawValue }
}

extension ID: LosslessStringConvertible {
    public var description: String { String(rawValue) }

    /// Plain decimal digits without sign or leading zero, so that one thing has one address.
    public init?(_ text: String) {
        guard let number = Int64(text), number >= 0, String(number) == text else { return nil }
        rawValue = number
    }
}

extension ID: Codable {
    /// As text: a JSON number of 63 bits is cut short by JavaScript.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an identifier")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension ID: SQLValueConvertible {
    public static var sqlType: SQLType { .integer }
    public var sqlValue: SQLValue { .integer(rawValue) }
    public init(sqlValue: SQLValue) throws(DatabaseError) { rawValue = try Int64(sqlValue: sqlValue) }
}

private enum IDSource {
    static let last = Mutex<Int64>(0)

    static func next() -> Int64 {
        let fresh = Timestamp.now.milliseconds << 20 | Int64.random(in: 0..<(1 << 20))
        return last.withLock { last in
            last = max(fresh, last + 1)
            return last
        }
    }
}
