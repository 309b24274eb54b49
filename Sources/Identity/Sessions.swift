// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Journal
import Storage

/// Open sessions: whose they are, which duty they act on, and ending them.
public struct Sessions: Sendable {
    private let database: Database
    private let clock: WallClock

    public init(database: Database, clock: WallClock = .system) {
        self.database = database
        self.clock = clock
    }

    /// Who is acting, by the session's token. Nobody for a token that is unknown or has run out.
    public func principal(_ token: String) async throws -> Principal {
        let now = clock.now()
        let digest = Token.digest(token)
        let row = try await database.read { reading in
            try reading.first(
                """
                SELECT session.id AS session_id, session.seen_at, person.id AS person_id, person.pseudonym,
                    person.actor AS person_actor, duty.id AS duty_id, duty.role, duty.desk_id,
                    duty.actor AS duty_actor, desk.path, desk.handle,
                    (SELECT COUNT(*) FROM duty held WHERE held.person_id = person.id
                        AND held.dismissed_at IS NULL) AS duties
                FROM session JOIN person ON person.id = session.person_id
                LEFT JOIN duty ON duty.id = session.duty_id AND duty.dismissed_at IS NULL
                LEFT JOIN desk ON desk.id = duty.desk_id
                WHERE session.digest = \(digest) AND session.expires_at > \(now)
                """, as: PrincipalRow.self)
        }
        guard let row else { return .nobody }
        if row.seenAt < now - .seconds(600) {
            _ = try await database.write {
                try $0.run("UPDATE session SET seen_at = \(now) WHERE digest = \(digest)")
            }
        }
        return row.principal
    }

    /// A person's sessions, the latest first.
    public func sessions(of person: ID<Person>) async throws -> [Session] {
        let now = clock.now()
        return try await database.read {
            try $0.all(
                """
                SELECT id, browser, created_at, seen_at, duty_id FROM session
                WHERE person_id = \(person) AND expires_at > \(now) ORDER BY seen_at DESC, id DESC
                """)
        }
    }

    /// Ends one of a person's own sessions.
    public func end(_ session: ID<Session>, of person: ID<Person>) async throws {
        let ended = try await database.write {
            try $0.run("DELETE FROM session WHERE id = \(session) AND person_id = \(person)")
        }
        if ended == 0 { throw IdentityProblem.notFound }
    }

    /// Ends all of a person's sessions but one.
    public func endOthers(than session: ID<Session>, of person: ID<Person>) async throws {
        _ = try await database.write {
            try $0.run("DELETE FROM session WHERE person_id = \(person) AND id <> \(session)")
        }
    }

    /// Chooses the duty that a session acts on; nil goes off duty. The session's token is replaced, since it now
    /// opens other doors.
    ///
    /// - Returns: the new token.
    public func act(on duty: ID<Duty>?, _ signed: Principal.Signed) async throws -> String {
        let token = Token.random()
        let now = clock.now()
        let life = duty == nil ? SignIn.sessionLife : SignIn.dutyLife
        try await database.write { transaction in
            if let duty {
                let own = try transaction.value(
                    """
                    SELECT COUNT(*) FROM duty WHERE id = \(duty) AND person_id = \(signed.person)
                    AND dismissed_at IS NULL
                    """, as: Int.self)
                guard own == 1 else { throw IdentityProblem.notFound }
            }
            let changed = try transaction.run(
                """
                UPDATE session SET duty_id = \(duty), digest = \(Token.digest(token)), expires_at = \(now + life)
                WHERE id = \(signed.session) AND person_id = \(signed.person)
                """)
            guard changed == 1 else { throw IdentityProblem.expired }
        }
        return token
    }
}

private struct PrincipalRow: RowDecodable {
    let seenAt: Timestamp
    let principal: Principal

    init(row: Row) throws {
        seenAt = try row["seen_at"]
        let signed = Principal.Signed(
            person: try row["person_id"], session: try row["session_id"], pseudonym: try row["pseudonym"],
            actor: try row["person_actor"], hasDuties: try row.get("duties", as: Int.self) > 0)
        let duty: ID<Duty>? = try row["duty_id"]
        guard let duty else {
            principal = .person(signed)
            return
        }
        let acting = Principal.Acting(
            duty: duty, role: try row["role"], desk: try row["desk_id"], path: try row["path"],
            handle: try row["handle"], actor: try row["duty_actor"])
        principal = .onDuty(signed, acting)
    }
}
