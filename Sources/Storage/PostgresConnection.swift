// SPDX-License-Identifier: AGPL-3.0-or-later
import CPostgreSQL
import Foundation

/// One connection to PostgreSQL with its prepared statements. It lives on one thread.
final class PostgresConnection: Connection {
    private let handle: OpaquePointer
    private var prepared: [String: String] = [:]
    private static let statementLimit = 256

    let dialect = Dialect.postgresql

    init(url: String, schema: String?) throws(DatabaseError) {
        guard let handle = PQconnectdb(url) else { throw .unavailable("out of memory") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            // deinit runs, since every stored property is set.
            throw .unavailable(Self.line(PQerrorMessage(handle)))
        }
        // Notices ("relation exists, skipping") are not for the terminal.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try execute("SET client_encoding = 'UTF8'; SET idle_in_transaction_session_timeout = '60s'")
        if let schema { try execute("SET search_path TO \"\(schema)\"") }
    }

    deinit { PQfinish(handle) }

    var isAlive: Bool { PQstatus(handle) == CONNECTION_OK }
    var socket: Int32 { PQsocket(handle) }

    /// Reads what has arrived; true if a notification was among it.
    func takeNotification() throws(DatabaseError) -> Bool {
        guard PQconsumeInput(handle) == 1 else { throw .unavailable(Self.line(PQerrorMessage(handle))) }
        var found = false
        while let notification = PQnotifies(handle) {
            PQfreemem(notification)
            found = true
        }
        return found
    }

    /// Runs statements without values.
    func execute(_ text: String) throws(DatabaseError) {
        let result = PQexec(handle, text)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        default: throw error(result)
        }
    }

    func run(_ sql: SQL, each: (Row) throws -> Void) throws -> Int {
        let text = sql.text
        let result =
            sql.values.isEmpty && !text.hasPrefix("SELECT")
            ? PQexec(handle, text) : try runPrepared(text, sql.values)
        let answer = PostgresResult(result)
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK:
            let row = Row(source: answer)
            for index in 0..<PQntuples(result) {
                answer.row = index
                try each(row)
            }
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
        default: throw error(result)
        }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    private func runPrepared(_ text: String, _ values: [SQLValue]) throws -> OpaquePointer? {
        let name: String
        if let known = prepared[text] {
            name = known
        } else {
            if prepared.count >= Self.statementLimit {
                try execute("DEALLOCATE ALL")
                prepared = [:]
            }
            name = "s\(prepared.count)"
            let types = values.map(\.typeNumber)
            let result = PQprepare(handle, name, text, Int32(types.count), types)
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw error(result) }
            prepared[text] = name
        }
        return withParameters(values) { pointers, lengths, formats in
            PQexecPrepared(handle, name, Int32(values.count), pointers, lengths, formats, 0)
        }
    }

    /// Lays the values out for libpq: text for everything but bytes, each ended by a zero.
    private func withParameters<T>(
        _ values: [SQLValue], _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> T
    ) -> T {
        let buffers = values.map {
            $0.wireBytes.map { bytes -> UnsafeMutableBufferPointer<CChar> in
                let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count + 1)
                for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
                buffer[bytes.count] = 0
                return buffer
            }
        }
        defer { for buffer in buffers { buffer?.deallocate() } }
        return body(
            buffers.map { $0.flatMap { UnsafePointer($0.baseAddress) } },
            buffers.map { Int32(($0?.count ?? 1) - 1) },
            values.map { if case .blob = $0 { 1 } else { 0 } })
    }

    private func error(_ result: OpaquePointer?) -> DatabaseError {
        guard isAlive else { return .unavailable(Self.line(PQerrorMessage(handle))) }
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let name = PQresultErrorField(result, Int32(UInt8(ascii: "n"))).map { String(cString: $0) } ?? ""
        let message = Self.line(PQresultErrorMessage(result))
        // SQLSTATE codes: PostgreSQL manual, appendix A.
        switch state {
        case "23505": return .unique(name)
        case "23503": return .foreignKey
        case "23514": return .check(name)
        case "23502": return .notNull(message)
        case "53100", "25006": return .full
        case "40001", "40P01", "55P03": return .busy
        case "57014": return .timeout
        case "XX001", "XX002": return .corrupt(message)
        case _ where state.hasPrefix("08") || state.hasPrefix("57P") || state.hasPrefix("53"):
            return .unavailable(message)
        default: return .other(code: 0, message: "\(state) \(message)")
        }
    }

    private static func line(_ message: UnsafePointer<CChar>?) -> String {
        guard let message else { return "" }
        return String(cString: message).split(separator: "\n").first.map(String.init) ?? ""
    }
}

extension SQLValue {
    /// The type's number in `pg_type`.
    fileprivate var typeNumber: Oid {
        let type: SQLType =
            switch self {
            case .null(let type): type
            case .integer: .integer
            case .real: .real
            case .text: .text
            case .blob: .blob
            case .boolean: .boolean
            }
        return switch type {
        case .integer: 20
        case .real: 701
        case .text: 25
        case .blob: 17
        case .boolean: 16
        }
    }

    fileprivate var wireBytes: [UInt8]? {
        switch self {
        case .null: nil
        case .integer(let number): Array(String(number).utf8)
        case .real(let number): Array(String(number).utf8)
        // PostgreSQL's text can't hold a zero byte, and nobody's text needs one.
        case .text(let text): text.utf8.filter { $0 != 0 }
        case .blob(let bytes): bytes
        case .boolean(let flag): [flag ? UInt8(ascii: "t") : UInt8(ascii: "f")]
        }
    }
}

/// An answer, and the row that it stands on.
private final class PostgresResult: RowSource {
    private let result: OpaquePointer?
    private var columns: [String: Int] = [:]
    var row: Int32 = 0

    init(_ result: OpaquePointer?) {
        self.result = result
        for index in 0..<PQnfields(result) {
            if let name = PQfname(result, index) { columns[String(cString: name)] = Int(index) }
        }
    }

    deinit { PQclear(result) }

    func column(named name: String) -> Int? { columns[name] }

    func value(at column: Int, as type: SQLType) -> SQLValue {
        let column = Int32(column)
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else {
            return .null(type)
        }
        let count = Int(PQgetlength(result, row, column))
        let text = start.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
        switch type {
        case .integer: return Int64(text).map { .integer($0) } ?? .text(text)
        case .real: return Double(text).map { .real($0) } ?? .text(text)
        case .boolean: return .boolean(text == "t")
        case .text: return .text(text)
        case .blob: return .blob(Self.bytes(hex: text))
        }
    }

    /// `bytea_output = hex`, the default since 9.0: `\x` and two digits a byte.
    private static func bytes(hex text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 2)
        var high: UInt8?
        for digit in text.utf8.dropFirst(2) {
            let value = digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
