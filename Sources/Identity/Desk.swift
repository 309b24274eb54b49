// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// The public face of one unit of the force.
public struct Desk: Sendable {
    /// What sort of unit the desk stands for.
    public enum Kind: String, Sendable, CaseIterable, Codable, SQLValueConvertible {
        case bureau, subbureau, brigade, station, centre
    }

    /// Where a desk is in its life: 筹建中, 试运行, 已开通, 已停用.
    public enum State: String, Sendable, CaseIterable, Codable, SQLValueConvertible {
        case preparing, trial, open, closed

        /// The states that may follow. A closed desk can open again; nothing returns to being prepared.
        public var next: [State] {
            switch self {
            case .preparing: [.trial, .open, .closed]
            case .trial: [.open, .closed]
            case .open: [.closed]
            case .closed: [.trial, .open]
            }
        }
    }

    public let id: ID<Desk>
    public let parent: ID<Desk>?
    /// The desks above and this one, as `/1/5/9/`: a desk lies below another when its path begins with the other's.
    public let path: String
    public let handle: String
    public let kind: Kind
    public let state: State
    public let page: DeskPage
    /// The parent's word that this desk is the police; nil when nobody vouches for it.
    public let vouching: Vouching?
    public let pictures: [Int64]
    /// Counts the edits, so that two people editing at once don't overwrite each other unseen.
    public let revision: Int64
    public let createdAt: Timestamp
    public let editedAt: Timestamp

    public var isVerified: Bool { vouching != nil }

    public func isAt(orBelow other: String) -> Bool { path.hasPrefix(other) }

    public struct Vouching: Sendable {
        /// The desk that vouches; nil for the bureau, for which the city itself does.
        public let by: ID<Desk>?
        public let since: Timestamp
    }
}

/// What a desk says of itself: everything that its administrator edits.
public struct DeskPage: Sendable, Hashable, Codable {
    public var name: Localized
    public var jurisdiction: Localized
    public var address: Localized
    public var phone: String
    public var hours: Localized
    public var intro: Localized
    /// Which number to call for what, in the order shown.
    public var numbers: [CallNumber]
    public var latitude: Double?
    public var longitude: Double?

    public init(
        name: Localized, jurisdiction: Localized = Localized(), address: Localized = Localized(), phone: String = "",
        hours: Localized = Localized(), intro: Localized = Localized(), numbers: [CallNumber] = [],
        latitude: Double? = nil, longitude: Double? = nil
    ) {
        self.name = name
        self.jurisdiction = jurisdiction
        self.address = address
        self.phone = phone
        self.hours = hours
        self.intro = intro
        self.numbers = numbers
        self.latitude = latitude
        self.longitude = longitude
    }
}

/// A telephone number and the need for which it is the right one.
public struct CallNumber: Sendable, Hashable, Codable {
    public var number: String
    public var need: Localized

    public init(number: String, need: Localized) {
        self.number = number
        self.need = need
    }
}

/// A named place that a desk looks after: a road, a community, a landmark.
public struct Place: Sendable {
    public enum Kind: String, Sendable, CaseIterable, Codable, SQLValueConvertible {
        case road, community, village, landmark, beat
    }

    public let id: ID<Place>
    public let desk: ID<Desk>
    public let name: Localized
    public let kind: Kind
}

extension Desk: RowDecodable {
    static let columns: SQL = """
        id, parent_id, path, handle, kind, state, name, jurisdiction, address, phone, hours, intro, numbers,
        latitude, longitude, vouched_by, vouched_at, pictures, revision, created_at, edited_at
        """

    public init(row: Row) throws {
        id = try row["id"]
        parent = try row["parent_id"]
        path = try row["path"]
        handle = try row["handle"]
        kind = try row["kind"]
        state = try row["state"]
        let numbers: String = try row["numbers"]
        page = DeskPage(
            name: try row["name"], jurisdiction: try row["jurisdiction"], address: try row["address"],
            phone: try row["phone"], hours: try row["hours"], intro: try row["intro"],
            numbers: try PlainJSON.numbers(numbers) ?? StoredJSON.decode([CallNumber].self, from: .text(numbers)),
            latitude: try row["latitude"], longitude: try row["longitude"])
        let since: Timestamp? = try row["vouched_at"]
        let by: ID<Desk>? = try row["vouched_by"]
        vouching = since.map { Vouching(by: by, since: $0) }
        let pictures: String = try row["pictures"]
        self.pictures = pictures == "[]" ? [] : try StoredJSON.decode([Int64].self, from: .text(pictures))
        revision = try row["revision"]
        createdAt = try row["created_at"]
        editedAt = try row["edited_at"]
    }
}

extension Place: RowDecodable {
    public init(row: Row) throws {
        id = try row["id"]
        desk = try row["desk_id"]
        name = try row["name"]
        kind = try row["kind"]
    }
}
