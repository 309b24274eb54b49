// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// Everything that is kept about a person, for the person to take away.
public struct OwnData: Sendable, Encodable {
    public struct Held: Sendable, Encodable {
        public let desk: String?
        public let role: String
        public let shiftCode: String
        public let publicName: String?
        public let appointed: String
        public let dismissed: String?
    }

    public struct Open: Sendable, Encodable {
        public let browser: String
        public let signedIn: String
        public let seen: String
    }

    public let name: String
    public let pseudonym: String
    public let email: String?
    public let language: String
    public let registered: String
    public let secondFactor: Bool
    public let recoveryCodesLeft: Int
    public let sessions: [Open]
    public let duties: [Held]
    /// Acts of this person in the public journal, by sequence number.
    public let journal: [Int64]
}

extension Accounts {
    /// Gathers a person's own data.
    public func ownData(of id: ID<Person>) async throws -> OwnData {
        let email = try await email(of: id)
        return try await database.read(slow: true) { reading in
            let person = try Self.find(id, in: reading)
            let sessions = try reading.all(
                "SELECT id, browser, created_at, seen_at, duty_id FROM session WHERE person_id = \(id) ORDER BY id",
                as: Session.self)
            let duties = try reading.all(
                "SELECT \(sql: Duty.columns) FROM duty WHERE person_id = \(id) ORDER BY id", as: Duty.self)
            let actors = [person.actor.rawValue] + duties.map(\.actor.rawValue)
            return OwnData(
                name: person.name, pseudonym: person.pseudonym, email: email, language: person.language,
                registered: person.createdAt.iso8601, secondFactor: person.hasSecondFactor,
                recoveryCodesLeft: try reading.value(
                    "SELECT COUNT(*) FROM recovery_code WHERE person_id = \(id)", as: Int.self) ?? 0,
                sessions: sessions.map {
                    OwnData.Open(browser: $0.browser, signedIn: $0.createdAt.iso8601, seen: $0.seenAt.iso8601)
                },
                duties: try duties.map { duty in
                    OwnData.Held(
                        desk: try duty.desk.map { try Directory.find($0, in: reading).handle },
                        role: duty.role.rawValue, shiftCode: duty.shiftCode, publicName: duty.publicName,
                        appointed: duty.appointedAt.iso8601, dismissed: duty.dismissedAt?.iso8601)
                },
                journal: try reading.values(
                    "SELECT sequence FROM journal WHERE actor IN \(list: actors) ORDER BY sequence", as: Int64.self))
        }
    }
}
