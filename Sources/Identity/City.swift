// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage
import Synchronization

/// What differs from city to city, as far as every page needs it.
public struct CityProfile: Sendable, Hashable, Codable {
    public var name: Localized
    /// The force's full name.
    public var force: Localized
    /// The language of a reader who asks for none.
    public var language: String
    /// The languages offered, in the order of the switch.
    public var languages: [String]
    /// Which number to call for what.
    public var numbers: [CallNumber]
    /// The colour of links, buttons and the header on light paper, `#rrggbb`.
    public var colour: String
    /// The same on dark paper.
    public var darkColour: String
    /// Where the source of this very program can be had: the licence owes it to everyone who uses the site.
    public var source: String

    public init(
        name: Localized, force: Localized, language: String, languages: [String], numbers: [CallNumber],
        colour: String = "#12428a", darkColour: String = "#7fb0ff", source: String = "/source"
    ) {
        self.name = name
        self.force = force
        self.language = language
        self.languages = languages
        self.numbers = numbers
        self.colour = colour
        self.darkColour = darkColour
        self.source = source
    }

    /// What a city is called before its operator has said so.
    public static let unnamed = CityProfile(
        name: Localized(["zh-Hans": "本市", "en": "This city"]),
        force: Localized(["zh-Hans": "市公安局", "en": "City police"]),
        language: "zh-Hans", languages: ["zh-Hans", "en"],
        numbers: [CallNumber(number: "110", need: Localized(["zh-Hans": "紧急报警", "en": "Emergency"]))])
}

/// The city's profile: read on every request, so it is kept in memory and read again when the journal says so.
public final class City: Sendable {
    private let database: Database
    private let ledger: Ledger
    private let kept = Mutex(CityProfile.unnamed)

    public init(database: Database, ledger: Ledger) async throws {
        self.database = database
        self.ledger = ledger
        try await reload()
        database.observe { [weak self] news in
            for case let changed as CityChanged in news { self?.kept.withLock { $0 = changed.profile } }
        }
    }

    public var profile: CityProfile { kept.withLock { $0 } }

    /// Reads the profile again, after another process may have changed it.
    public func reload() async throws {
        let stored = try await database.read { try Self.stored(in: $0) }
        kept.withLock { $0 = stored ?? .unnamed }
    }

    /// Changes the profile.
    public func change(to profile: CityProfile, by principal: Principal) async throws {
        guard Permissions.allow(principal, .keepCity, at: nil), let actor = principal.actor else {
            throw IdentityProblem.notAllowed
        }
        try await database.write { try self.store(profile, actor: actor, in: $0) }
    }

    func store(_ profile: CityProfile, actor: ID<Actor>, in transaction: Transaction) throws {
        let text = StoredJSON.encode(profile)
        guard try Self.stored(in: transaction) != profile else { return }
        try transaction.run(
            """
            INSERT INTO city (id, profile) VALUES (1, \(text)) ON CONFLICT (id) DO UPDATE SET profile = \(text)
            """)
        try ledger.append(NewEntry(.cityChanged, subject: .city, desk: nil, actor: actor), in: transaction)
        transaction.announce(CityChanged(profile: profile))
    }

    private static func stored(in reading: Reading) throws -> CityProfile? {
        let text = try reading.value("SELECT profile FROM city WHERE id = 1", as: String.self)
        return try text.map { try StoredJSON.decode(CityProfile.self, from: .text($0)) }
    }
}

private struct CityChanged: Sendable {
    let profile: CityProfile
}
