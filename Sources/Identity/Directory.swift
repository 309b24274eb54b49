// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage

/// The desks of the city: reading them, and what their keepers do.
///
/// Desk pages are public, so reading needs no principal; every change names one and is recorded in the journal in
/// the same transaction.
public struct Directory: Sendable {
    static let deskIndex = SearchIndex("desk")
    static let placeIndex = SearchIndex("place")

    public let database: Database
    let ledger: Ledger
    let clock: WallClock

    public init(database: Database, ledger: Ledger, clock: WallClock = .system) {
        self.database = database
        self.ledger = ledger
        self.clock = clock
    }

    /// The desk with a handle.
    public func desk(_ handle: String) async throws -> Desk {
        try await database.read { try Self.find(handle, in: $0) }
    }

    /// Where a desk stands in the tree, for asking who may do what there.
    public func path(of handle: String) async throws -> String {
        let path = try await database.read {
            try $0.value("SELECT path FROM desk WHERE handle = \(handle)", as: String.self)
        }
        guard let path else { throw IdentityProblem.notFound }
        return path
    }

    /// All desks, each parent before its children, siblings in the order of their creation.
    public func all() async throws -> [DeskMention] {
        try await database.read { try $0.all("SELECT \(sql: DeskMention.columns) FROM desk ORDER BY path") }
    }

    /// What a desk's page shows of its surroundings, read in one transaction.
    public func surroundings(of handle: String) async throws -> Surroundings {
        try await database.read { reading in
            let desk = try Self.find(handle, in: reading)
            return Surroundings(
                desk: desk,
                above: try Self.above(desk, in: reading),
                below: try reading.all(
                    "SELECT \(sql: DeskMention.columns) FROM desk WHERE parent_id = \(desk.id) ORDER BY id"),
                places: try reading.all(
                    "SELECT id, desk_id, name, kind FROM place WHERE desk_id = \(desk.id) ORDER BY id"),
                officers: try reading.all(
                    """
                    SELECT \(sql: Duty.columns) FROM duty
                    WHERE desk_id = \(desk.id) AND dismissed_at IS NULL
                        AND role IN \(list: [Role.spokesperson, .officer, .moderator])
                    ORDER BY id
                    """))
        }
    }

    /// Desks whose name, handle or jurisdiction match, best first.
    public func search(_ query: String, limit: Int = 50) async throws -> [Desk] {
        try await database.read(slow: true) { reading in
            let hits = try Self.deskIndex.matches(query, limit: limit, in: reading)
            return try Self.desks(hits, in: reading)
        }
    }

    /// Places that match, each with the desk that looks after it, best first.
    public func stations(for place: String, limit: Int = 30) async throws -> [(Place, Desk)] {
        try await database.read(slow: true) { reading in
            let hits = try Self.placeIndex.matches(place, limit: limit, in: reading)
            guard !hits.isEmpty else { return [] }
            let places = try reading.all(
                "SELECT id, desk_id, name, kind FROM place WHERE id IN \(list: hits)", as: Place.self)
            let byID = Dictionary(uniqueKeysWithValues: places.map { ($0.id.rawValue, $0) })
            let desks = try Self.desks(places.map(\.desk.rawValue), in: reading)
            let deskByID = Dictionary(desks.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            return hits.compactMap { hit in
                guard let place = byID[hit], let desk = deskByID[place.desk] else { return nil }
                return (place, desk)
            }
        }
    }

    /// How many desks and places there are.
    public func counts() async throws -> (desks: Int, places: Int) {
        try await database.read { reading in
            (
                try reading.value("SELECT COUNT(*) FROM desk", as: Int.self) ?? 0,
                try reading.value("SELECT COUNT(*) FROM place", as: Int.self) ?? 0
            )
        }
    }

    /// The former wordings of a desk's page, newest first.
    public func versions(of handle: String, limit: Int = 50) async throws -> [DeskVersion] {
        try await database.read { reading in
            let desk = try Self.find(handle, in: reading)
            return try reading.all(
                """
                SELECT sequence, at, text, nonce FROM desk_version WHERE desk_id = \(desk.id)
                ORDER BY sequence DESC LIMIT \(limit)
                """)
        }
    }

    static func find(_ handle: String, in reading: Reading) throws -> Desk {
        let found = try reading.first("SELECT \(sql: Desk.columns) FROM desk WHERE handle = \(handle)", as: Desk.self)
        guard let found else { throw IdentityProblem.notFound }
        return found
    }

    static func find(_ id: ID<Desk>, in reading: Reading) throws -> Desk {
        let found = try reading.first("SELECT \(sql: Desk.columns) FROM desk WHERE id = \(id)", as: Desk.self)
        guard let found else { throw IdentityProblem.notFound }
        return found
    }

    private static func above(_ desk: Desk, in reading: Reading) throws -> [DeskMention] {
        let ids = desk.path.split(separator: "/").compactMap { Int64($0) }.filter { $0 != desk.id.rawValue }
        guard !ids.isEmpty else { return [] }
        return try reading.all("SELECT \(sql: DeskMention.columns) FROM desk WHERE id IN \(list: ids) ORDER BY path")
    }

    /// Desks by number, in the order given.
    private static func desks(_ ids: [Int64], in reading: Reading) throws -> [Desk] {
        guard !ids.isEmpty else { return [] }
        let desks = try reading.all("SELECT \(sql: Desk.columns) FROM desk WHERE id IN \(list: ids)", as: Desk.self)
        let byID = Dictionary(uniqueKeysWithValues: desks.map { ($0.id.rawValue, $0) })
        return ids.compactMap { byID[$0] }
    }
}

/// A desk with the desks above and below it, its places and its people on duty.
public struct Surroundings: Sendable {
    public let desk: Desk
    public let above: [DeskMention]
    public let below: [DeskMention]
    public let places: [Place]
    public let officers: [Duty]
}

/// One wording of a desk's page, with the nonce that opens the journal's commitment to it.
public struct DeskVersion: Sendable, RowDecodable {
    public let sequence: Int64
    public let at: Timestamp
    public let text: String
    public let nonce: [UInt8]

    public init(row: Row) throws {
        sequence = try row["sequence"]
        at = try row["at"]
        text = try row["text"]
        nonce = try row["nonce"]
    }
}

extension Directory {
    /// A desk by its number, inside somebody else's transaction.
    public static func desk(numbered id: Int64, in reading: Reading) throws -> DeskMention? {
        try reading.first("SELECT \(sql: DeskMention.columns) FROM desk WHERE id = \(id)")
    }
}
