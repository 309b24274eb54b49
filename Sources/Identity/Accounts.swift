// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Journal
import Storage

/// People's own accounts: opening one, its password, its data, its end.
public struct Accounts: Sendable {
    let database: Database
    let passwords: Passwords
    let sealer: Sealer
    let clock: WallClock

    public init(database: Database, passwords: Passwords, sealer: Sealer, clock: WallClock = .system) {
        self.database = database
        self.passwords = passwords
        self.sealer = sealer
        self.clock = clock
    }

    /// Opens an account. The sign-in name is never shown in public; the pseudonym is.
    ///
    /// - Throws: `IdentityProblem.taken` for a name or pseudonym that somebody else has.
    @discardableResult
    public func register(_ new: NewPerson) async throws -> ID<Person> {
        let hash = try await passwords.hash(new.password)
        return try await database.write { try insert(new, passwordHash: hash, in: $0) }
    }

    func insert(_ new: NewPerson, passwordHash: String, in transaction: Transaction) throws -> ID<Person> {
        let id = ID<Person>.next()
        let email = new.email.map { sealer.seal($0, context: Self.emailContext(id)) }
        do {
            try transaction.run(
                """
                INSERT INTO person (id, name, name_folded, pseudonym, pseudonym_folded, password, email, language,
                    actor, created_at)
                VALUES (\(id), \(new.name), \(Folded.name(new.name)), \(new.pseudonym),
                    \(Folded.name(new.pseudonym)), \(passwordHash), \(email), \(new.language),
                    \(ID<Actor>.next()), \(clock.now()))
                """)
        } catch DatabaseError.unique(let what) {
            throw IdentityProblem.taken(what.contains("pseudonym") ? .pseudonym : .name)
        }
        return id
    }

    public func person(_ id: ID<Person>) async throws -> Person {
        try await database.read { try Self.find(id, in: $0) }
    }

    /// The e-mail address that the person left, if any.
    public func email(of id: ID<Person>) async throws -> String? {
        let sealed = try await database.read {
            try $0.value("SELECT email FROM person WHERE id = \(id)", as: [UInt8].self)
        }
        return try sealed.map { try sealer.open($0, context: Self.emailContext(id)) }
    }

    /// Changes the password after the old one was given, and ends every other session.
    public func changePassword(
        of person: ID<Person>, from old: String, to new: String, keeping session: ID<Session>
    ) async throws {
        guard try await isPassword(old, of: person) else { throw IdentityProblem.wrongCredentials }
        let hash = try await passwords.hash(new)
        try await database.write { transaction in
            try transaction.run("UPDATE person SET password = \(hash) WHERE id = \(person)")
            try transaction.run("DELETE FROM session WHERE person_id = \(person) AND id <> \(session)")
            try transaction.run("DELETE FROM known_browser WHERE person_id = \(person)")
        }
    }

    /// Sets a password from the shell and ends every session.
    public func resetPassword(of name: String, to new: String) async throws {
        let hash = try await passwords.hash(new)
        try await database.write { transaction in
            let id = try transaction.value(
                "SELECT id FROM person WHERE name_folded = \(Folded.name(name))", as: ID<Person>.self)
            guard let id else { throw IdentityProblem.notFound }
            try transaction.run("UPDATE person SET password = \(hash) WHERE id = \(id)")
            try transaction.run("DELETE FROM session WHERE person_id = \(id)")
            try transaction.run("DELETE FROM known_browser WHERE person_id = \(id)")
        }
    }

    /// Remembers the language that a person reads in.
    public func setLanguage(_ language: String, of person: ID<Person>) async throws {
        _ = try await database.write {
            try $0.run("UPDATE person SET language = \(language) WHERE id = \(person)")
        }
    }

    public func isPassword(_ password: String, of person: ID<Person>) async throws -> Bool {
        let hash = try await database.read {
            try $0.value("SELECT password FROM person WHERE id = \(person)", as: String.self)
        }
        guard let hash else { throw IdentityProblem.notFound }
        return try await passwords.verify(password, hash)
    }

    /// Deletes the account: the row, its sessions, its codes, and the only link from its journal number to anybody.
    public func delete(_ person: ID<Person>, password: String) async throws {
        guard try await isPassword(password, of: person) else { throw IdentityProblem.wrongCredentials }
        try await database.write { transaction in
            let held =
                try transaction.value(
                    "SELECT COUNT(*) FROM duty WHERE person_id = \(person)", as: Int.self) ?? 0
            // A duty's number must lead to its officer for good, so that person's row stays.
            guard held == 0 else { throw IdentityProblem.holdsDuties }
            try transaction.run("DELETE FROM session WHERE person_id = \(person)")
            try transaction.run("DELETE FROM recovery_code WHERE person_id = \(person)")
            try transaction.run("DELETE FROM sign_in_step WHERE person_id = \(person)")
            try transaction.run("DELETE FROM known_browser WHERE person_id = \(person)")
            try transaction.run("DELETE FROM person WHERE id = \(person)")
        }
    }

    static func find(_ id: ID<Person>, in reading: Reading) throws -> Person {
        let found = try reading.first("SELECT \(sql: Person.columns) FROM person WHERE id = \(id)", as: Person.self)
        guard let found else { throw IdentityProblem.notFound }
        return found
    }

    static func emailContext(_ id: ID<Person>) -> String { "person.email:\(id)" }
}

/// Someone about to open an account, with values that the form has checked.
public struct NewPerson: Sendable {
    public var name: String
    public var password: String
    public var pseudonym: String
    public var email: String?
    public var language: String

    public init(name: String, password: String, pseudonym: String, email: String? = nil, language: String) {
        self.name = name
        self.password = password
        self.pseudonym = pseudonym
        self.email = email
        self.language = language
    }
}
