// SPDX-License-Identifier: AGPL-3.0-or-later

/// Where a row's values lie while it is being read.
protocol RowSource: AnyObject {
    func column(named name: String) -> Int?
    func value(at column: Int, as type: SQLType) -> SQLValue
}

/// One row of an answer. It is valid only inside the closure that got it.
public struct Row {
    let source: any RowSource

    /// The value of a column.
    public func get<T: SQLValueConvertible>(_ name: String, as type: T.Type = T.self) throws(DatabaseError) -> T {
        try T(sqlValue: value(name, T.sqlType))
    }

    public subscript<T: SQLValueConvertible>(name: String) -> T {
        get throws(DatabaseError) { try T(sqlValue: value(name, T.sqlType)) }
    }

    /// The value of a column that may be null.
    public subscript<T: SQLValueConvertible>(name: String) -> T? {
        get throws(DatabaseError) {
            let value = try value(name, T.sqlType)
            return value.isNull ? nil : try T(sqlValue: value)
        }
    }

    func first<T: SQLValueConvertible>(as type: T.Type) throws(DatabaseError) -> T? {
        let value = source.value(at: 0, as: T.sqlType)
        return value.isNull ? nil : try T(sqlValue: value)
    }

    private func value(_ name: String, _ type: SQLType) throws(DatabaseError) -> SQLValue {
        guard let column = source.column(named: name) else { throw .conversion("the answer has no column '\(name)'") }
        return source.value(at: column, as: type)
    }
}

/// A value that is read from a row.
public protocol RowDecodable {
    init(row: Row) throws
}
