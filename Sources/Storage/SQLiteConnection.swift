// SPDX-License-Identifier: AGPL-3.0-or-later
import CSQLite
import Foundation

/// One SQLite connection with its prepared statements. Used by one thread at a time; its owner sees to that.
final class SQLiteConnection: Connection {
    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
    private static let statementLimit = 256

    /// When a read must have ended, in nanoseconds of the monotonic clock; asked by SQLite every few thousand steps.
    private let deadline = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

    let dialect = Dialect.sqlite

    init(path: String, isWriter: Bool, busyTimeout: Duration) throws(DatabaseError) {
        var pointer: OpaquePointer?
        let mode = isWriter ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE
        let code = sqlite3_open_v2(path, &pointer, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let pointer else {
            let message = pointer.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(pointer)
            throw .unavailable("\(path): \(message)")
        }
        handle = pointer
        deadline.initialize(to: .max)
        sqlite3_busy_timeout(handle, Int32(busyTimeout.components.seconds * 1000))
        // A misspelt column in double quotes would otherwise become text.
        _ = precinct_sqlite_configure(handle, SQLITE_DBCONFIG_DQS_DML, 0)
        _ = precinct_sqlite_configure(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
        _ = precinct_sqlite_configure(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = precinct_sqlite_configure(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1)
        if isWriter {
            try execute("PRAGMA journal_mode = WAL")
            try execute("PRAGMA synchronous = FULL")
        } else {
            try execute("PRAGMA query_only = ON")
        }
        sqlite3_progress_handler(handle, 5000, { SQLiteConnection.isLate($0) ? 1 : 0 }, deadline)
    }

    deinit {
        for statement in statements.values { statement.finalize() }
        sqlite3_close_v2(handle)
        deadline.deallocate()
    }

    /// False once a failure has ended the whole transaction.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Statements after this call fail with `.timeout` when the time has run out; nil lifts the limit.
    func limit(to duration: Duration?) {
        guard let duration else {
            deadline.pointee = .max
            return
        }
        let (seconds, attoseconds) = duration.components
        deadline.pointee = Self.monotonic() + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    func run(_ sql: SQL, each: (Row) throws -> Void) throws -> Int {
        let statement = try prepare(sql.text)
        defer { statement.reset() }
        try statement.bind(sql.values)
        let row = Row(source: statement)
        while true {
            switch statement.step() {
            case SQLITE_ROW: try each(row)
            case SQLITE_DONE: return Int(sqlite3_changes64(handle))
            case let code: throw error(code)
            }
        }
    }

    /// Begins and ends transactions: statements that are prepared once.
    func command(_ text: StaticString) throws {
        _ = try run(SQL(stringLiteral: text)) { _ in }
    }

    /// Runs statements that take no values and give no rows that matter: pragmas, and ends that may fail.
    func execute(_ text: String) throws(DatabaseError) {
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        if code != SQLITE_OK { throw error(code) }
    }

    private func prepare(_ text: String) throws -> SQLiteStatement {
        if let statement = statements[text], !statement.isBusy { return statement }
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(
            handle, text, Int32(text.utf8.count), UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw error(code) }
        let statement = SQLiteStatement(pointer)
        if statements.count >= Self.statementLimit {
            for (text, statement) in statements where !statement.isBusy {
                statement.finalize()
                statements[text] = nil
            }
        }
        if statements[text] == nil { statements[text] = statement } else { statement.isLoose = true }
        return statement
    }

    private func error(_ code: Int32) -> DatabaseError {
        let message = String(cString: sqlite3_errmsg(handle))
        switch code {
        case SQLITE_CONSTRAINT_UNIQUE_CODE, SQLITE_CONSTRAINT_PRIMARYKEY_CODE:
            return .unique(message.replacingOccurrences(of: "UNIQUE constraint failed: ", with: ""))
        case SQLITE_CONSTRAINT_FOREIGNKEY_CODE: return .foreignKey
        case SQLITE_CONSTRAINT_NOTNULL_CODE: return .notNull(message)
        default: break
        }
        switch code & 0xff {
        case SQLITE_CONSTRAINT: return .check(message)
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY: return .full
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy
        case SQLITE_INTERRUPT: return .timeout
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(message)
        case SQLITE_CANTOPEN: return .unavailable(message)
        default: return .other(code: Int(code), message: message)
        }
    }

    private static func isLate(_ deadline: UnsafeMutableRawPointer?) -> Bool {
        guard let deadline else { return false }
        let value = deadline.assumingMemoryBound(to: UInt64.self).pointee
        return value != .max && monotonic() > value
    }

    private static func monotonic() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Copies the whole database into a file with SQLite's online backup, step by step.
    func copy(to path: String, progress: (Double) -> Void) throws {
        var target: OpaquePointer?
        defer { sqlite3_close_v2(target) }
        guard sqlite3_open_v2(path, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK,
            let backup = sqlite3_backup_init(target, "main", handle, "main")
        else { throw DatabaseError.unavailable("\(path) can't be written") }
        var code = SQLITE_OK
        while code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED {
            code = sqlite3_backup_step(backup, 1000)
            let total = max(1, sqlite3_backup_pagecount(backup))
            progress(1 - Double(sqlite3_backup_remaining(backup)) / Double(total))
            if code == SQLITE_BUSY || code == SQLITE_LOCKED { sqlite3_sleep(20) }
        }
        sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE else { throw error(code) }
    }
}

/// SQLITE_CONSTRAINT_UNIQUE and its sisters are macros that Swift does not import: SQLITE_CONSTRAINT | n << 8.
private let SQLITE_CONSTRAINT_UNIQUE_CODE = SQLITE_CONSTRAINT | 8 << 8
private let SQLITE_CONSTRAINT_PRIMARYKEY_CODE = SQLITE_CONSTRAINT | 6 << 8
private let SQLITE_CONSTRAINT_FOREIGNKEY_CODE = SQLITE_CONSTRAINT | 3 << 8
private let SQLITE_CONSTRAINT_NOTNULL_CODE = SQLITE_CONSTRAINT | 5 << 8
