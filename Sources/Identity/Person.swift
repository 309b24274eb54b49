// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage

/// Anyone with an account. The sign-in name is known to the person and the force alone; the public sees the
/// pseudonym.
public struct Person: Sendable {
    public let id: ID<Person>
    public let name: String
    public let pseudonym: String
    public let language: String
    public let hasSecondFactor: Bool
    public let hasEmail: Bool
    public let actor: ID<Actor>
    public let createdAt: Timestamp
}

extension Person: RowDecodable {
    static let columns: SQL = """
        person.id, person.name, person.pseudonym, person.language, person.totp_since, person.email, person.actor,
        person.created_at
        """

    public init(row: Row) throws {
        id = try row["id"]
        name = try row["name"]
        pseudonym = try row["pseudonym"]
        language = try row["language"]
        let since: Timestamp? = try row["totp_since"]
        hasSecondFactor = since != nil
        let email: [UInt8]? = try row["email"]
        hasEmail = email != nil
        actor = try row["actor"]
        createdAt = try row["created_at"]
    }
}

/// A signed-in browser. Its token is random and opaque; only the token's digest is kept.
public struct Session: Sendable, RowDecodable {
    public let id: ID<Session>
    /// The browser's own short description of itself, to recognise it by in the list of sessions.
    public let browser: String
    public let createdAt: Timestamp
    /// To the nearest ten minutes.
    public let seenAt: Timestamp
    public let duty: ID<Duty>?

    public init(row: Row) throws {
        id = try row["id"]
        browser = try row["browser"]
        createdAt = try row["created_at"]
        seenAt = try row["seen_at"]
        duty = try row["duty_id"]
    }
}
