// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Identity
import Storage
import TestWorld
import Testing

@Suite struct AccountsTests {
    @Test("names are taken in any spelling, and pseudonyms too", arguments: TestDatabase.kinds)
    func taken(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        func register(_ name: String, _ pseudonym: String) async throws {
            try await city.accounts.register(
                NewPerson(name: name, password: TestCity.password, pseudonym: pseudonym, language: "en"))
        }
        await #expect(throws: IdentityProblem.taken(.name)) { try await register("ＣＩＴＩＺＥＮ", "new") }
        await #expect(throws: IdentityProblem.taken(.pseudonym)) { try await register("new", "Nick Citizen") }
        try await register("new", "new")
        await city.database.close()
    }

    @Test("a sign-in opens a session, and an ended one opens nothing", arguments: TestDatabase.kinds)
    func sessions(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let token = try await city.token("citizen")
        let signed = try #require(try await city.sessions.principal(token).signed)
        #expect(signed.pseudonym == "nick citizen")
        #expect(try await city.sessions.principal(token + "x").signed == nil)
        try await city.sessions.end(signed.session, of: signed.person)
        #expect(try await city.sessions.principal(token).signed == nil)
        await city.database.close()
    }

    @Test("nobody ends another person's session", arguments: TestDatabase.kinds)
    func otherSessions(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let victim = try #require(try await city.principal("officer").signed)
        let attacker = try #require(try await city.principal("citizen").signed)
        await #expect(throws: IdentityProblem.notFound) {
            try await city.sessions.end(victim.session, of: attacker.person)
        }
        await city.database.close()
    }

    @Test("a changed password ends every other session", arguments: TestDatabase.kinds)
    func password(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let (here, there) = (try await city.token("citizen"), try await city.token("citizen"))
        let signed = try #require(try await city.sessions.principal(here).signed)
        await #expect(throws: IdentityProblem.wrongCredentials) {
            try await city.accounts.changePassword(
                of: signed.person, from: "wrong", to: "another one", keeping: signed.session)
        }
        try await city.accounts.changePassword(
            of: signed.person, from: TestCity.password, to: "another one", keeping: signed.session)
        #expect(try await city.sessions.principal(here).signed != nil)
        #expect(try await city.sessions.principal(there).signed == nil)
        await city.database.close()
    }

    @Test(
        "guessing slows an account down, never its owner's own browser, and never shuts it",
        arguments: TestDatabase.kinds)
    func guessing(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        guard
            case .signedIn(_, let browser) = try await city.signIn.signIn(
                name: "citizen", password: TestCity.password, address: "192.0.2.1", browser: nil, describedAs: "")
        else { throw IdentityProblem.expired }
        for number in 0..<12 {
            await #expect(throws: IdentityProblem.wrongCredentials) {
                _ = try await city.signIn.signIn(
                    name: "citizen", password: "guess \(number)", address: "198.51.100.\(number)", browser: nil,
                    describedAs: "")
            }
        }
        #expect(city.pauses.all.last == .seconds(8) && city.pauses.all.count == 9)
        _ = try await city.signIn.signIn(
            name: "citizen", password: TestCity.password, address: "192.0.2.1", browser: browser, describedAs: "")
        #expect(city.pauses.all.count == 9)
        _ = try await city.signIn.signIn(
            name: "citizen", password: TestCity.password, address: "192.0.2.9", browser: nil, describedAs: "")
        await city.database.close()
    }

    @Test("an address that keeps failing is refused for a while", arguments: TestDatabase.kinds)
    func floodedAddress(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        func attempt(_ name: String) async throws {
            _ = try await city.signIn.signIn(
                name: name, password: "x", address: "192.0.2.66", browser: nil, describedAs: "")
        }
        for number in 0..<21 {
            await #expect(throws: IdentityProblem.wrongCredentials) { try await attempt("somebody\(number)") }
        }
        await #expect(throws: IdentityProblem.tooManyAttempts(retryAfter: 30)) { try await attempt("another") }
        city.clock.advance(by: .seconds(3600))
        await #expect(throws: IdentityProblem.wrongCredentials) { try await attempt("another") }
        await city.database.close()
    }

    @Test(
        "the second factor asks for a code that works once, or a recovery code that works once",
        arguments: TestDatabase.kinds)
    func secondFactor(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let person = try #require(try await city.principal("citizen").signed).person
        let totp = try await city.accounts.offerSecondFactor(to: person)
        func code() -> String { totp.code(at: city.clock.clock.now().milliseconds / 1000) }
        await #expect(throws: IdentityProblem.wrongCredentials) {
            _ = try await city.accounts.confirmSecondFactor(of: person, code: "000000")
        }
        let recovery = try await city.accounts.confirmSecondFactor(of: person, code: code())
        #expect(Set(recovery).count == 10)
        func step() async throws -> String {
            let outcome = try await city.signIn.signIn(
                name: "citizen", password: TestCity.password, address: "192.0.2.1", browser: nil, describedAs: "")
            guard case .secondFactor(let step) = outcome else { throw IdentityProblem.expired }
            return step
        }
        let used = code()
        await #expect(throws: IdentityProblem.wrongCredentials) {
            _ = try await city.signIn.confirm(step: try await step(), code: used, describedAs: "")
        }
        city.clock.advance(by: .seconds(60))
        _ = try await city.signIn.confirm(step: try await step(), code: code(), describedAs: "")
        _ = try await city.signIn.confirm(step: try await step(), code: recovery[0].uppercased(), describedAs: "")
        await #expect(throws: IdentityProblem.wrongCredentials) {
            _ = try await city.signIn.confirm(step: try await step(), code: recovery[0], describedAs: "")
        }
        let worn = try await step()
        // Wrong on purpose, until the attempt is worn out.
        for _ in 0..<5 { _ = try? await city.signIn.confirm(step: worn, code: "1", describedAs: "") }
        await #expect(throws: IdentityProblem.expired) {
            _ = try await city.signIn.confirm(step: worn, code: recovery[1], describedAs: "")
        }
        await city.database.close()
    }

    @Test("a deleted account leaves no trace of the person", arguments: TestDatabase.kinds)
    func deletion(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let token = try await city.token("citizen")
        let person = try #require(try await city.sessions.principal(token).signed).person
        await #expect(throws: IdentityProblem.wrongCredentials) {
            try await city.accounts.delete(person, password: "no")
        }
        try await city.accounts.delete(person, password: TestCity.password)
        #expect(try await city.sessions.principal(token).signed == nil)
        for table in ["person", "session", "recovery_code", "known_browser", "sign_in_step"] {
            let column: SQL = table == "person" ? "id" : "person_id"
            let left = try await city.database.read {
                try $0.value("SELECT COUNT(*) FROM \(unsafeRaw: table) WHERE \(sql: column) = \(person)", as: Int.self)
            }
            #expect(left == 0, "\(table)")
        }
        let officer = try #require(try await city.principal("officer").signed).person
        await #expect(throws: IdentityProblem.holdsDuties) {
            try await city.accounts.delete(officer, password: TestCity.password)
        }
        await city.database.close()
    }

    @Test("an e-mail address lies sealed", arguments: TestDatabase.kinds)
    func email(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let id = try await city.accounts.register(
            NewPerson(name: "mailer", password: TestCity.password, pseudonym: "m", email: "a@b.example", language: "en")
        )
        let stored = try await city.database.read {
            try $0.value("SELECT email FROM person WHERE id = \(id)", as: [UInt8].self)
        }
        #expect(!String(decoding: try #require(stored), as: UTF8.self).contains("a@b"))
        #expect(try await city.accounts.email(of: id) == "a@b.example")
        #expect(try await city.accounts.ownData(of: id).email == "a@b.example")
        await city.database.close()
    }
}
