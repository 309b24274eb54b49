// SPDX-License-Identifier: AGPL-3.0-or-later
import CSQLite

/// A prepared statement, and the row that it stands on.
final class SQLiteStatement: RowSource {
    private var handle: OpaquePointer?
    private var columns: [String: Int]?
    /// True between the first step and the reset: a statement inside its own loop can't be used again.
    private(set) var isBusy = false
    /// True for one that is not kept and goes after its use.
    var isLoose = false

    init(_ handle: OpaquePointer) { self.handle = handle }

    func bind(_ values: [SQLValue]) throws {
        isBusy = true
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, index)
                case .integer(let number): sqlite3_bind_int64(handle, index, number)
                case .real(let number): sqlite3_bind_double(handle, index, number)
                case .boolean(let flag): sqlite3_bind_int64(handle, index, flag ? 1 : 0)
                case .text(var text):
                    text.withUTF8 { bytes in
                        bytes.withMemoryRebound(to: CChar.self) {
                            precinct_sqlite_bind_text(handle, index, $0.baseAddress, Int32($0.count))
                        }
                    }
                case .blob(let bytes):
                    bytes.withUnsafeBytes { precinct_sqlite_bind_blob(handle, index, $0.baseAddress, Int32($0.count)) }
                }
            guard code == SQLITE_OK else {
                throw DatabaseError.other(code: Int(code), message: "a value could not be bound")
            }
        }
    }

    func step() -> Int32 { sqlite3_step(handle) }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        isBusy = false
        if isLoose { finalize() }
    }

    func finalize() {
        sqlite3_finalize(handle)
        handle = nil
    }

    func column(named name: String) -> Int? {
        if let columns { return columns[name] }
        var found: [String: Int] = [:]
        for index in 0..<sqlite3_column_count(handle) {
            if let name = sqlite3_column_name(handle, index) { found[String(cString: name)] = Int(index) }
        }
        columns = found
        return found[name]
    }

    func value(at column: Int, as type: SQLType) -> SQLValue {
        let index = Int32(column)
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER:
            let number = sqlite3_column_int64(handle, index)
            return type == .boolean ? .boolean(number != 0) : .integer(number)
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT:
            guard let text = sqlite3_column_text(handle, index) else { return .text("") }
            let count = Int(sqlite3_column_bytes(handle, index))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(handle, index))
            return .blob([UInt8](UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, index), count: count)))
        default: return .null(type)
        }
    }
}
