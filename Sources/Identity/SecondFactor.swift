// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Storage

/// The second factor: a time-based code (RFC 6238) and ten recovery codes that work once each.
extension Accounts {
    /// Offers a secret; it counts once a code made with it has been shown.
    public func offerSecondFactor(to person: ID<Person>) async throws -> TOTP {
        let fresh = TOTP.newSecret()
        let sealed = sealer.seal(Base32.encode(fresh), context: Self.totpContext(person))
        // An offer stays until it is used, so that going back a page doesn't make the scanned code worthless.
        let kept = try await database.write { transaction in
            try transaction.run(
                "UPDATE person SET totp_offered = \(sealed) WHERE id = \(person) AND totp_offered IS NULL")
            return try transaction.value("SELECT totp_offered FROM person WHERE id = \(person)", as: [UInt8].self)
        }
        guard let kept else { throw IdentityProblem.notFound }
        return try totp(kept, person)
    }

    /// Turns the second factor on.
    ///
    /// - Returns: the recovery codes, which are shown this once and kept only as digests.
    public func confirmSecondFactor(of person: ID<Person>, code: String) async throws -> [String] {
        let codes = (0..<10).map { _ in RecoveryCode.random() }
        let digests = codes.map(RecoveryCode.digest)
        let now = clock.now()
        try await database.write { transaction in
            let offered = try transaction.value(
                "SELECT totp_offered FROM person WHERE id = \(person)", as: [UInt8].self)
            guard let offered else { throw IdentityProblem.expired }
            guard let step = try totp(offered, person).verify(code, at: now.milliseconds / 1000, after: nil) else {
                throw IdentityProblem.wrongCredentials
            }
            try transaction.run(
                """
                UPDATE person SET totp = totp_offered, totp_offered = NULL, totp_since = \(now), totp_step = \(step)
                WHERE id = \(person)
                """)
            try replaceCodes(digests, of: person, in: transaction)
        }
        return codes
    }

    /// Turns the second factor off, after the password was given.
    public func removeSecondFactor(of person: ID<Person>, password: String) async throws {
        guard try await isPassword(password, of: person) else { throw IdentityProblem.wrongCredentials }
        try await database.write { transaction in
            try transaction.run(
                """
                UPDATE person SET totp = NULL, totp_offered = NULL, totp_since = NULL, totp_step = NULL
                WHERE id = \(person)
                """)
            try transaction.run("DELETE FROM recovery_code WHERE person_id = \(person)")
        }
    }

    /// Makes new recovery codes, after the password was given; the old ones stop working.
    public func renewRecoveryCodes(of person: ID<Person>, password: String) async throws -> [String] {
        guard try await isPassword(password, of: person) else { throw IdentityProblem.wrongCredentials }
        let codes = (0..<10).map { _ in RecoveryCode.random() }
        let digests = codes.map(RecoveryCode.digest)
        try await database.write { try replaceCodes(digests, of: person, in: $0) }
        return codes
    }

    /// How many recovery codes are left.
    public func recoveryCodesLeft(of person: ID<Person>) async throws -> Int {
        try await database.read {
            try $0.value("SELECT COUNT(*) FROM recovery_code WHERE person_id = \(person)", as: Int.self) ?? 0
        }
    }

    /// Checks a code of either sort and uses it up.
    func useCode(_ code: String, of person: ID<Person>, in transaction: Transaction) throws -> Bool {
        let row = try transaction.first(
            "SELECT totp, totp_step FROM person WHERE id = \(person)", as: TOTPRow.self)
        guard let row, let sealed = row.sealed else { return false }
        let seconds = clock.now().milliseconds / 1000
        if let step = try totp(sealed, person).verify(code, at: seconds, after: row.step) {
            // Compared again in the update: the same code sent twice at once works once.
            return try transaction.run(
                """
                UPDATE person SET totp_step = \(step)
                WHERE id = \(person) AND (totp_step IS NULL OR totp_step < \(step))
                """) == 1
        }
        return try transaction.run(
            """
            DELETE FROM recovery_code WHERE person_id = \(person) AND digest = \(RecoveryCode.digest(code))
            """) == 1
    }

    private func replaceCodes(_ digests: [[UInt8]], of person: ID<Person>, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM recovery_code WHERE person_id = \(person)")
        for digest in digests {
            try transaction.run("INSERT INTO recovery_code (person_id, digest) VALUES (\(person), \(digest))")
        }
    }

    private func totp(_ sealed: [UInt8], _ person: ID<Person>) throws -> TOTP {
        let text = try sealer.open(sealed, context: Self.totpContext(person))
        guard let secret = Base32.decode(text) else { throw IdentityProblem.expired }
        return TOTP(secret: secret)
    }

    private static func totpContext(_ person: ID<Person>) -> String { "person.totp:\(person)" }
}

private struct TOTPRow: RowDecodable {
    let sealed: [UInt8]?
    let step: Int64?
    init(row: Row) throws {
        sealed = try row["totp"]
        step = try row["totp_step"]
    }
}
