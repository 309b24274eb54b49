// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage

/// Who holds which duty: reading, appointing, dismissing.
public struct Appointments: Sendable {
    private let directory: Directory
    private var database: Database { directory.database }

    public init(directory: Directory) {
        self.directory = directory
    }

    /// The duties that a person may choose to act on, each with its desk (nil when city-wide).
    public func duties(of person: ID<Person>) async throws -> [(Duty, Desk?)] {
        try await database.read { reading in
            let duties = try reading.all(
                """
                SELECT \(sql: Duty.columns) FROM duty WHERE person_id = \(person) AND dismissed_at IS NULL ORDER BY id
                """, as: Duty.self)
            return try duties.map { duty in (duty, try duty.desk.map { try Directory.find($0, in: reading) }) }
        }
    }

    /// The people on duty at a desk, with their sign-in names; only for those who may appoint there.
    public func appointments(at handle: String, for principal: Principal) async throws -> [Appointment] {
        try await database.read { reading in
            let (desk, _) = try directory.allowed(.appoint, at: handle, principal, in: reading)
            return try reading.all(
                """
                SELECT \(sql: Duty.columns), person.name AS person_name
                FROM duty JOIN person ON person.id = duty.person_id
                WHERE duty.desk_id = \(desk.id) AND duty.dismissed_at IS NULL ORDER BY duty.id
                """)
        }
    }

    /// The people with city-wide duties; for the operator.
    public func cityAppointments(for principal: Principal) async throws -> [Appointment] {
        guard Permissions.allow(principal, .keepCity, at: nil) else { throw IdentityProblem.notAllowed }
        return try await database.read { reading in
            try reading.all(
                """
                SELECT \(sql: Duty.columns), person.name AS person_name
                FROM duty JOIN person ON person.id = duty.person_id
                WHERE duty.desk_id IS NULL AND duty.dismissed_at IS NULL ORDER BY duty.id
                """)
        }
    }

    /// Appoints the person with a sign-in name to a duty at a desk, or city-wide when there is no desk.
    @discardableResult
    public func appoint(_ name: String, to new: NewDuty, at handle: String?, by principal: Principal) async throws
        -> ID<Duty>
    {
        try await database.write { transaction in
            let desk = try handle.map { try Directory.find($0, in: transaction) }
            guard Permissions.appointable(principal, at: desk?.path).contains(new.role), let actor = principal.actor
            else {
                throw IdentityProblem.notAllowed
            }
            let person = try transaction.value(
                "SELECT id FROM person WHERE name_folded = \(Folded.name(name))", as: ID<Person>.self)
            guard let person else { throw IdentityProblem.notFound }
            return try add(new, person: person, desk: desk, actor: actor, in: transaction)
        }
    }

    /// Ends a duty. Sessions that acted on it fall back to the person at once.
    public func dismiss(_ duty: ID<Duty>, by principal: Principal) async throws {
        try await database.write { transaction in
            let found = try transaction.first(
                "SELECT \(sql: Duty.columns) FROM duty WHERE id = \(duty) AND dismissed_at IS NULL", as: Duty.self)
            guard let found else { throw IdentityProblem.notFound }
            let desk = try found.desk.map { try Directory.find($0, in: transaction) }
            guard Permissions.appointable(principal, at: desk?.path).contains(found.role), let actor = principal.actor
            else { throw IdentityProblem.notAllowed }
            try Self.refuseToRemoveLast(found, desk, in: transaction)
            let changed = try transaction.run(
                """
                UPDATE duty SET dismissed_at = \(directory.clock.now()), dismissed_by = \(actor)
                WHERE id = \(duty) AND dismissed_at IS NULL
                """)
            guard changed > 0 else { throw IdentityProblem.notFound }
            try transaction.run("UPDATE session SET duty_id = NULL WHERE duty_id = \(duty)")
            try record(.dutyDismissed, found.role, desk, actor: actor, in: transaction)
        }
    }

    func add(
        _ new: NewDuty, person: ID<Person>, desk: Desk?, actor: ID<Actor>, in transaction: Transaction
    ) throws -> ID<Duty> {
        let id = ID<Duty>.next()
        try transaction.run(
            """
            INSERT INTO duty (id, person_id, desk_id, role, actor, public_name, shift_code, beat, appointed_at, appointed_by)
            VALUES (\(id), \(person), \(desk?.id), \(new.role), \(ID<Actor>.next()), \(new.publicName),
                \(new.shiftCode), \(new.beat), \(directory.clock.now()), \(actor))
            """)
        try record(.dutyAppointed, new.role, desk, actor: actor, in: transaction)
        return id
    }

    private func record(
        _ kind: EntryKind, _ role: Role, _ desk: Desk?, actor: ID<Actor>, in transaction: Transaction
    ) throws {
        let facts = ["role": role.rawValue]
        if let desk {
            try directory.record(kind, desk, actor, facts: facts, in: transaction)
        } else {
            try directory.ledger.append(
                NewEntry(kind, subject: .city, desk: nil, actor: actor, facts: facts), in: transaction)
        }
    }

    /// A city without an operator, or a bureau without an administrator, could not be mended from its own pages.
    private static func refuseToRemoveLast(_ duty: Duty, _ desk: Desk?, in transaction: Transaction) throws {
        let topmost = desk == nil || desk?.parent == nil
        guard topmost, duty.role == .operator || duty.role == .administrator else { return }
        let ofDesk: SQL = desk.map { "duty.desk_id = \($0.id)" } ?? "duty.desk_id IS NULL"
        let others = try transaction.value(
            """
            SELECT COUNT(*) FROM duty WHERE role = \(duty.role) AND \(sql: ofDesk)
            AND dismissed_at IS NULL AND id <> \(duty.id)
            """, as: Int.self)
        if others == 0 { throw IdentityProblem.lastOne }
    }
}

/// A duty about to be given.
public struct NewDuty: Sendable {
    public var role: Role
    /// The name that the public may see, if the person agreed to it.
    public var publicName: String?
    public var shiftCode: String
    public var beat: Localized

    public init(role: Role, publicName: String? = nil, shiftCode: String, beat: Localized = Localized()) {
        self.role = role
        self.publicName = publicName
        self.shiftCode = shiftCode
        self.beat = beat
    }
}
