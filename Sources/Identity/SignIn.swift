// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Journal
import Storage

/// Signing in and out, and telling from a token who is acting.
///
/// Tokens are 256 random bits; the database keeps their SHA-256 alone. A new one is made at every sign-in.
public struct SignIn: Sendable {
    let accounts: Accounts
    let guardrail: AttemptGuard
    private var database: Database { accounts.database }
    private var clock: WallClock { accounts.clock }

    static let sessionLife = Duration.seconds(30 * 86_400)
    /// A session on duty ends sooner: workplaces are shared.
    static let dutyLife = Duration.seconds(12 * 3_600)
    static let stepLife = Duration.seconds(600)

    public init(accounts: Accounts, guardrail: AttemptGuard) {
        self.accounts = accounts
        self.guardrail = guardrail
    }

    /// What a right password leads to.
    public enum Outcome: Sendable {
        /// Signed in: the session's token, and one by which this browser is known from now on.
        case signedIn(token: String, browser: String)
        /// The second factor is asked for next; the token names this attempt.
        case secondFactor(step: String)
    }

    /// Checks a name and a password.
    ///
    /// - Parameters:
    ///   - address: where the attempt comes from; failures from one address slow that address down.
    ///   - browser: the known-browser token of an earlier sign-in: attempts by others don't slow this one down.
    public func signIn(
        name: String, password: String, address: String, browser: String?, describedAs description: String
    ) async throws -> Outcome {
        let folded = Folded.name(name)
        let found = try await database.read { reading in
            try reading.first(
                "SELECT id, password, totp_since FROM person WHERE name_folded = \(folded)", as: Candidate.self)
        }
        let known = try await isKnown(browser, to: found?.id)
        try await guardrail.wait(account: folded, address: address, known: known)
        guard let found else {
            try await accounts.passwords.wasteTime()
            try await guardrail.failed(account: folded, address: address)
            throw IdentityProblem.wrongCredentials
        }
        guard try await accounts.passwords.verify(password, found.password) else {
            try await guardrail.failed(account: folded, address: address)
            throw IdentityProblem.wrongCredentials
        }
        if accounts.passwords.needsRehash(found.password) {
            let hash = try await accounts.passwords.hash(password)
            _ = try await database.write { try $0.run("UPDATE person SET password = \(hash) WHERE id = \(found.id)") }
        }
        guard found.hasSecondFactor else {
            return try await open(for: found.id, account: folded, description)
        }
        let step = Token.random()
        let now = clock.now()
        try await database.write { transaction in
            try transaction.run("DELETE FROM sign_in_step WHERE expires_at < \(now)")
            try transaction.run(
                """
                INSERT INTO sign_in_step (digest, person_id, tries, expires_at)
                VALUES (\(Token.digest(step)), \(found.id), 0, \(now + Self.stepLife))
                """)
        }
        return .secondFactor(step: step)
    }

    /// Checks the second factor. Five wrong codes end the attempt, and the password must be given again.
    public func confirm(step: String, code: String, describedAs description: String) async throws -> Outcome {
        let digest = Token.digest(step)
        let now = clock.now()
        let person = try await database.write { transaction -> ID<Person>? in
            let person = try transaction.value(
                """
                UPDATE sign_in_step SET tries = tries + 1
                WHERE digest = \(digest) AND expires_at > \(now) AND tries < 5 RETURNING person_id
                """, as: ID<Person>.self)
            guard let person else { throw IdentityProblem.expired }
            guard try accounts.useCode(code, of: person, in: transaction) else { return nil }
            try transaction.run("DELETE FROM sign_in_step WHERE digest = \(digest)")
            return person
        }
        guard let person else { throw IdentityProblem.wrongCredentials }
        let found = try await accounts.person(person)
        return try await open(for: person, account: Folded.name(found.name), description)
    }

    /// Signs in somebody who has just opened the account.
    public func open(for person: ID<Person>, describedAs description: String) async throws -> Outcome {
        let found = try await accounts.person(person)
        return try await open(for: person, account: Folded.name(found.name), description)
    }

    private func open(for person: ID<Person>, account: String, _ description: String) async throws -> Outcome {
        let token = Token.random()
        let browser = Token.random()
        let now = clock.now()
        try await database.write { transaction in
            try transaction.run("DELETE FROM session WHERE person_id = \(person) AND expires_at < \(now)")
            try transaction.run(
                """
                INSERT INTO session (id, digest, person_id, browser, created_at, seen_at, expires_at)
                VALUES (\(ID<Session>.next()), \(Token.digest(token)), \(person), \(String(description.prefix(120))),
                    \(now), \(now), \(now + Self.sessionLife))
                """)
            try transaction.run(
                """
                INSERT INTO known_browser (digest, person_id, seen_at)
                VALUES (\(Token.digest(browser)), \(person), \(now))
                """)
            try transaction.run(
                "DELETE FROM known_browser WHERE person_id = \(person) AND seen_at < \(now - .seconds(180 * 86_400))")
            try guardrail.succeeded(account: account, in: transaction)
        }
        return .signedIn(token: token, browser: browser)
    }

    private func isKnown(_ browser: String?, to person: ID<Person>?) async throws -> Bool {
        guard let browser, let person else { return false }
        let digest = Token.digest(browser)
        return try await database.read {
            try $0.value(
                "SELECT COUNT(*) FROM known_browser WHERE digest = \(digest) AND person_id = \(person)", as: Int.self)
                == 1
        }
    }
}

private struct Candidate: RowDecodable {
    let id: ID<Person>
    let password: String
    let hasSecondFactor: Bool
    init(row: Row) throws {
        id = try row["id"]
        password = try row["password"]
        let since: Timestamp? = try row["totp_since"]
        hasSecondFactor = since != nil
    }
}
