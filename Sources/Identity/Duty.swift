// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage

/// What a person does at a desk, or for the whole city.
public enum Role: String, Sendable, CaseIterable, Codable, SQLValueConvertible {
    case officer, spokesperson, reviewer, moderator, administrator, liaison
    /// City-wide: the oversight body, and those who run the machine.
    case overseer, `operator`

    /// City-wide duties belong to no desk.
    public var isCityWide: Bool { self == .overseer || self == .operator }
}

/// A person's appointment. It ends by dismissal and is never deleted: what was done on it stays accountable.
public struct Duty: Sendable {
    public let id: ID<Duty>
    public let person: ID<Person>
    /// The desk; nil for a city-wide duty.
    public let desk: ID<Desk>?
    public let role: Role
    /// The number under which acts on this duty stand in the journal.
    public let actor: ID<Actor>
    /// The name shown to the public, for those who agreed to be named (spokesperson, community officer).
    public let publicName: String?
    /// What the public sees of everybody else, such as `HD-03`.
    public let shiftCode: String
    /// The beat of a community officer.
    public let beat: Localized
    public let appointedAt: Timestamp
    public let dismissedAt: Timestamp?
}

extension Duty: RowDecodable {
    static let columns: SQL = """
        duty.id, duty.person_id, duty.desk_id, duty.role, duty.actor, duty.public_name, duty.shift_code, duty.beat,
        duty.appointed_at, duty.dismissed_at
        """

    public init(row: Row) throws {
        id = try row["id"]
        person = try row["person_id"]
        desk = try row["desk_id"]
        role = try row["role"]
        actor = try row["actor"]
        publicName = try row["public_name"]
        shiftCode = try row["shift_code"]
        beat = try row["beat"]
        appointedAt = try row["appointed_at"]
        dismissedAt = try row["dismissed_at"]
    }
}

/// A duty together with what its list shows: who holds it, under the sign-in name that only the force sees.
public struct Appointment: Sendable, RowDecodable {
    public let duty: Duty
    public let personName: String

    public init(row: Row) throws {
        duty = try Duty(row: row)
        personName = try row["person_name"]
    }
}
