// SPDX-License-Identifier: AGPL-3.0-or-later
import Account
import Crypto
import Frame
import HTTP
import Identity
import Journal
import Media
import Storage
import Synchronization
import Workers

/// A clock that a test sets.
public final class TestClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_282_200_780_000))  // 19 August 2010, 06:53 UTC

    public init() {}

    public var clock: WallClock { WallClock { [self] in time.withLock { $0 } } }
    public func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// The small named world of the tests: a bureau with two sub-bureaus and a station, and somebody for every duty.
///
///     qingquan ── hudong ── hubin
///              └─ liuwan
public struct TestCity: Sendable {
    public static let migrations = JournalSchema.migrations + IdentitySchema.migrations + PictureStore.migrations
    public static let password = "correct horse battery"

    public let database: Database
    public let clock = TestClock()
    public let ledger: Ledger
    public let directory: Directory
    public let appointments: Appointments
    public let accounts: Accounts
    public let sessions: Sessions
    public let signIn: SignIn
    public let city: City
    public let founding: Founding
    public let pauses = Pauses()

    /// The answers that were held back, instead of waiting for them.
    public final class Pauses: Sendable {
        private let list = Mutex<[Duration]>([])
        public var all: [Duration] { list.withLock { $0 } }
        func add(_ pause: Duration) { list.withLock { $0.append(pause) } }
    }

    public init(on kind: TestDatabase) async throws {
        database = try await kind.open(Self.migrations)
        let time = clock.clock
        ledger = Ledger(clock: time)
        directory = Directory(database: database, ledger: ledger, clock: time)
        appointments = Appointments(directory: directory)
        let passwords = Passwords(pool: Self.pool, cost: .test)
        accounts = Accounts(
            database: database, passwords: passwords, sealer: Sealer(key: [UInt8](repeating: 7, count: 32)), clock: time
        )
        sessions = Sessions(database: database, clock: time)
        let pauses = self.pauses
        signIn = SignIn(
            accounts: accounts,
            guardrail: AttemptGuard(database: database, clock: time) { pauses.add($0) })
        city = try await City(database: database, ledger: ledger)
        founding = Founding(directory: directory, accounts: accounts, appointments: appointments, city: city)
        try await found()
    }

    private static let pool = WorkerPool(name: "test-password", threads: 2, queue: 1000)
    private static let picturePool = WorkerPool(name: "test-picture", threads: 1, queue: 100)

    /// Everybody in the world, by sign-in name.
    public static let people: [(name: String, role: Role?, desk: String?)] = [
        ("citizen", nil, nil), ("officer", .officer, "hudong"), ("spokesperson", .spokesperson, "qingquan"),
        ("reviewer", .reviewer, "qingquan"), ("moderator", .moderator, "liuwan"), ("liaison", .liaison, "hubin"),
        ("chief", .administrator, "qingquan"), ("keeper", .administrator, "hudong"), ("overseer", .overseer, nil),
        ("operator", .operator, nil)
    ]

    private func found() async throws {
        var file = CityFile(desks: [
            Self.desk("qingquan", nil, .bureau, "清泉公安", "Qingquan Police"),
            Self.desk("hudong", "qingquan", .subbureau, "湖东分局", "Hudong Sub-bureau"),
            Self.desk("liuwan", "qingquan", .subbureau, "柳湾分局", "Liuwan Sub-bureau"),
            Self.desk("hubin", "hudong", .station, "湖滨派出所", "Hubin Police Station")
        ])
        file.desks[3].places = [
            CityFile.FilePlace(name: Localized(["zh-Hans": "东湖公园", "en": "East Lake Park"]), kind: .landmark)
        ]
        try await founding.take(file) { _ in }
        for (name, role, desk) in Self.people {
            let person = NewPerson(name: name, password: Self.password, pseudonym: "nick \(name)", language: "zh-Hans")
            try await accounts.register(person)
            if let role { try await founding.appoint(name, to: NewDuty(role: role, shiftCode: name), at: desk) }
        }
    }

    private static func desk(
        _ handle: String, _ parent: String?, _ kind: Desk.Kind, _ chinese: String, _ english: String
    ) -> CityFile.FileDesk {
        CityFile.FileDesk(
            handle: handle, parent: parent, kind: kind, name: Localized(["zh-Hans": chinese, "en": english]))
    }

    /// Signs somebody in and puts them on their first duty.
    public func token(_ name: String, onDuty: Bool = true) async throws -> String {
        let outcome = try await signIn.signIn(
            name: name, password: Self.password, address: "127.0.0.1", browser: nil, describedAs: "test")
        guard case .signedIn(let token, _) = outcome else { throw IdentityProblem.wrongCredentials }
        guard onDuty, let signed = try await sessions.principal(token).signed, signed.hasDuties,
            let duty = try await appointments.duties(of: signed.person).first
        else { return token }
        return try await sessions.act(on: duty.0.id, signed)
    }

    /// The principal that a person on duty is.
    public func principal(_ name: String, onDuty: Bool = true) async throws -> Principal {
        try await sessions.principal(try await token(name, onDuty: onDuty))
    }

    /// The whole site over this world.
    public func site(cacheLimit: Int = 1 << 20) throws -> (site: Site, feed: LiveFeed, cache: PageCache) {
        let languages = try Languages.load()
        let cache = PageCache(limit: cacheLimit)
        cache.follow(database)
        let feed = LiveFeed(database: database, ledger: ledger, render: LiveRendering.render(languages))
        let slice = AccountSlice(
            database: database, ledger: ledger, directory: directory, appointments: appointments, accounts: accounts,
            signIn: signIn, sessions: sessions, city: city, feed: feed,
            workshop: PictureWorkshop(pool: Self.picturePool), pictures: PictureStore(database: database))
        let frame = FrameRoutes(city: city, accounts: accounts, database: database, metrics: { "" }, source: "/nowhere")
        let site = Site(
            routes: frame.routes + slice.routes, database: database, sessions: sessions, directory: directory,
            city: city, languages: languages, assets: try Assets.load(), cache: cache, explain: ProblemTable(),
            secureCookies: false, clock: clock.clock, log: { _ in })
        return (site, feed, cache)
    }
}
