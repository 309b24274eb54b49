// SPDX-License-Identifier: AGPL-3.0-or-later
import Identity
import Journal
import Storage
import TestWorld
import Testing

@Suite struct DirectoryTests {
    @Test("an edit is public at once, recorded, and keeps its wording", arguments: TestDatabase.kinds)
    func edit(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let keeper = try await city.principal("keeper")
        var page = try await city.directory.desk("hudong").page
        page.phone = "0000-1234567"
        try await city.directory.edit("hudong", to: page, revision: nil, by: keeper)
        #expect(try await city.directory.desk("hudong").page.phone == "0000-1234567")
        let entry = try await city.database.read { try city.ledger.latest(limit: 1, in: $0) }[0]
        #expect(entry.kind == .deskEdited && entry.actor == keeper.actor)
        let version = try await city.directory.versions(of: "hudong")[0]
        #expect(version.sequence == entry.sequence && version.text.contains("0000-1234567"))
        await city.database.close()
    }

    @Test("of two who edit at once, the second is told", arguments: TestDatabase.kinds)
    func revision(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let keeper = try await city.principal("keeper")
        let desk = try await city.directory.desk("hudong")
        var page = desk.page
        page.phone = "1"
        try await city.directory.edit("hudong", to: page, revision: desk.revision, by: keeper)
        page.phone = "2"
        await #expect(throws: IdentityProblem.changedMeanwhile) {
            try await city.directory.edit("hudong", to: page, revision: desk.revision, by: keeper)
        }
        await city.database.close()
    }

    @Test("an administrator's reach is the own desk and those below", arguments: TestDatabase.kinds)
    func reach(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let keeper = try await city.principal("keeper")
        let hours = Localized(["en": "always"])
        try await city.directory.changeHours(of: "hubin", to: hours, by: keeper)
        for handle in ["qingquan", "liuwan"] {
            await #expect(throws: IdentityProblem.notAllowed) {
                try await city.directory.changeHours(of: handle, to: hours, by: keeper)
            }
        }
        await #expect(throws: IdentityProblem.notAllowed) {
            try await city.directory.unvouch(for: "hudong", by: keeper)
        }
        for name in ["citizen", "officer", "overseer", "liaison"] {
            let other = try await city.principal(name)
            await #expect(throws: IdentityProblem.notAllowed) {
                try await city.directory.changeHours(of: "hudong", to: hours, by: other)
            }
        }
        await city.database.close()
    }

    @Test("a new desk is unverified until a desk above vouches for it", arguments: TestDatabase.kinds)
    func vouching(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let keeper = try await city.principal("keeper")
        let page = DeskPage(name: Localized(["zh-Hans": "东里派出所"]))
        try await city.directory.create("dongli", kind: .station, page: page, below: "hudong", by: keeper)
        #expect(try await city.directory.desk("dongli").isVerified == false)
        await #expect(throws: IdentityProblem.taken(.handle)) {
            try await city.directory.create("dongli", kind: .station, page: page, below: "hudong", by: keeper)
        }
        try await city.directory.vouch(for: "dongli", by: keeper)
        let desk = try await city.directory.desk("dongli")
        #expect(desk.vouching?.by == keeper.acting?.desk)
        await #expect(throws: IdentityProblem.wrongState) {
            try await city.directory.change("hudong", to: .preparing, by: try await city.principal("chief"))
        }
        try await city.directory.change("dongli", to: .open, by: keeper)
        #expect(try await city.directory.search("东里").map(\.handle) == ["dongli"])
        await city.database.close()
    }

    @Test("desks are found by name in either language, stations by place", arguments: TestDatabase.kinds)
    func finding(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        #expect(try await city.directory.search("湖东").map(\.handle) == ["hudong"])
        #expect(try await city.directory.search("hudong").map(\.handle) == ["hudong"])
        #expect(try await city.directory.stations(for: "east lake").map(\.1.handle) == ["hubin"])
        #expect(try await city.directory.stations(for: "东湖").map(\.1.handle) == ["hubin"])
        #expect(try await city.directory.stations(for: "月球").isEmpty)
        await city.database.close()
    }
}

@Suite struct AppointmentTests {
    @Test("an appointed person may act, and a dismissed one no longer, at once", arguments: TestDatabase.kinds)
    func duties(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let keeper = try await city.principal("keeper")
        let duty = try await city.appointments.appoint(
            "citizen", to: NewDuty(role: .administrator, shiftCode: "HB-1"), at: "hubin", by: keeper)
        let token = try await city.token("citizen")
        let hours = Localized(["en": "new"])
        try await city.directory.changeHours(of: "hubin", to: hours, by: try await city.sessions.principal(token))
        try await city.appointments.dismiss(duty, by: keeper)
        #expect(try await city.sessions.principal(token).acting == nil)
        let entries = try await city.database.read { try city.ledger.latest(limit: 4, in: $0) }
        #expect(entries.map(\.kind).contains(.dutyAppointed) && entries[0].kind == .dutyDismissed)
        #expect(entries.allSatisfy { !$0.facts.values.contains { $0.contains("citizen") } })
        await city.database.close()
    }

    @Test("nobody appoints beyond the own reach, nor to duties of the city", arguments: TestDatabase.kinds)
    func limits(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let attempts: [(String, Role, String?)] = [
            ("keeper", .officer, "liuwan"), ("keeper", .officer, "qingquan"), ("keeper", .operator, nil),
            ("chief", .overseer, nil), ("chief", .operator, "qingquan"), ("operator", .overseer, nil),
            ("officer", .officer, "hudong"), ("citizen", .officer, "hudong"), ("overseer", .officer, "hudong")
        ]
        for (name, role, handle) in attempts {
            let principal = try await city.principal(name)
            await #expect(throws: IdentityProblem.notAllowed, "\(name) \(role)") {
                _ = try await city.appointments.appoint(
                    "citizen", to: NewDuty(role: role, shiftCode: "x"), at: handle, by: principal)
            }
        }
        await city.database.close()
    }

    @Test("the last operator and the bureau's last administrator stay", arguments: TestDatabase.kinds)
    func lastOnes(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        for name in ["operator", "chief"] {
            let principal = try await city.principal(name)
            let duty = try #require(principal.acting).duty
            await #expect(throws: IdentityProblem.lastOne) { try await city.appointments.dismiss(duty, by: principal) }
        }
        await city.database.close()
    }

    @Test("a duty opens to its own person alone", arguments: TestDatabase.kinds)
    func otherDuty(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let duty = try #require(try await city.principal("chief").acting).duty
        let citizen = try #require(try await city.principal("citizen").signed)
        await #expect(throws: IdentityProblem.notFound) { _ = try await city.sessions.act(on: duty, citizen) }
        await city.database.close()
    }
}
