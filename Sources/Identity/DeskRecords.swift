// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage

/// How acts on desks enter the journal.
extension Directory {
    /// Records a new wording of the page: the journal gets a commitment, the text stays here beside its nonce.
    func recordWording(
        _ kind: EntryKind, _ desk: Desk, _ page: DeskPage, _ actor: ID<Actor>, in transaction: Transaction
    ) throws {
        let text = StoredJSON.encode(page)
        var tags: [Tag] = []
        if kind == .deskCreated, let parent = desk.parent { tags += [.desks, .below(parent)] }
        if page.name != desk.page.name { tags += [.desks, .mention(of: desk.id)] }
        let recorded = try record(kind, desk, actor, tags: tags, content: text, in: transaction)
        try transaction.run(
            """
            INSERT INTO desk_version (desk_id, sequence, at, text, nonce)
            VALUES (\(desk.id), \(recorded.sequence), \(clock.now()), \(text), \(recorded.nonce ?? []))
            """)
    }

    @discardableResult
    func record(
        _ kind: EntryKind, _ desk: Desk, _ actor: ID<Actor>, tags: [Tag] = [], facts: [String: String] = [:],
        content: String? = nil, in transaction: Transaction
    ) throws -> Recorded {
        try ledger.append(
            NewEntry(
                kind, subject: .desk(desk.id), desk: desk.id.rawValue, actor: actor, tags: tags, facts: facts,
                content: content),
            in: transaction)
    }
}

extension Tag {
    /// A desk's own page.
    public static func desk(_ id: ID<Desk>) -> Tag { Tag("desk", id) }
    /// Pages that show a desk's name and mark: its neighbours in the tree.
    public static func mention(of id: ID<Desk>) -> Tag { Tag("desk.mention", id) }
    /// Pages that list the desks below one.
    public static func below(_ id: ID<Desk>) -> Tag { Tag("desk.below", id) }
    /// Pages that list desks.
    public static let desks = Tag("desks")
    /// Every page: the frame shows the city's name and colours.
    public static let city = Tag("city")
}

extension ID<Actor> {
    /// The shell of the machine on which Precinct runs: whoever types there acts outside every duty.
    public static var shell: ID<Actor> { ID(rawValue: 0) }
}
