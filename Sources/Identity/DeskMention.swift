// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// As much of a desk as a list or a neighbour's page shows.
public struct DeskMention: Sendable, RowDecodable {
    public let id: ID<Desk>
    public let parent: ID<Desk>?
    public let handle: String
    public let kind: Desk.Kind
    public let state: Desk.State
    public let name: Localized
    public let isVerified: Bool

    static let columns: SQL = "id, parent_id, handle, kind, state, name, vouched_at"

    public init(row: Row) throws {
        id = try row["id"]
        parent = try row["parent_id"]
        handle = try row["handle"]
        kind = try row["kind"]
        state = try row["state"]
        name = try row["name"]
        let since: Timestamp? = try row["vouched_at"]
        isVerified = since != nil
    }

    init(_ desk: Desk) {
        id = desk.id
        parent = desk.parent
        handle = desk.handle
        kind = desk.kind
        state = desk.state
        name = desk.page.name
        isVerified = desk.isVerified
    }
}

extension Desk {
    public var mention: DeskMention { DeskMention(self) }
}
