// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a database can answer instead of doing its work.
public enum DatabaseError: Error, Sendable, Equatable {
    /// A unique rule was broken. Names the index (`person_name_folded_key`) on PostgreSQL and the column
    /// (`person.name_folded`) on SQLite: ask whether it contains the column's name.
    case unique(String)
    case foreignKey
    case check(String)
    case notNull(String)
    /// The disk is full or refuses to write. Nothing of the transaction was kept.
    case full
    /// Another process has held the database for longer than we wait.
    case busy
    /// The database can't be reached.
    case unavailable(String)
    /// A read took longer than reads may take.
    case timeout
    case corrupt(String)
    /// The schema is not what this program's migrations make.
    case migration(String)
    case conversion(String)
    case other(code: Int, message: String)

    /// True when the same work may succeed a little later.
    public var isPassing: Bool {
        switch self {
        case .full, .busy, .unavailable, .timeout: true
        default: false
        }
    }
}
