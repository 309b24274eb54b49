// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage

/// What the keepers of desks do. Each act is one transaction: the right is checked, the row changed, the act
/// recorded.
extension Directory {
    /// Changes a desk's page.
    ///
    /// - Parameter revision: the revision that the form was opened with.
    /// - Throws: `IdentityProblem.changedMeanwhile` when somebody else was faster.
    public func edit(_ handle: String, to page: DeskPage, revision: Int64?, by principal: Principal) async throws {
        try await database.write { transaction in
            let (desk, actor) = try allowed(.editDesk, at: handle, principal, in: transaction)
            if let revision, desk.revision != revision { throw IdentityProblem.changedMeanwhile }
            guard page != desk.page else { return }
            try rewrite(desk, to: page, actor: actor, in: transaction)
        }
    }

    /// Changes the hours alone: what a station edits most, on a phone.
    public func changeHours(of handle: String, to hours: Localized, by principal: Principal) async throws {
        try await database.write { transaction in
            let (desk, actor) = try allowed(.editDesk, at: handle, principal, in: transaction)
            var page = desk.page
            page.hours = hours
            guard page != desk.page else { return }
            try transaction.run(
                """
                UPDATE desk SET hours = \(hours), revision = revision + 1, edited_at = \(clock.now())
                WHERE id = \(desk.id)
                """)
            try recordWording(.deskEdited, desk, page, actor, in: transaction)
        }
    }

    /// Puts pictures, by their numbers, on a desk's page in this order.
    public func show(_ pictures: [Int64], on handle: String, by principal: Principal, in transaction: Transaction)
        throws
    {
        let (desk, actor) = try allowed(.editDesk, at: handle, principal, in: transaction)
        try transaction.run(
            """
            UPDATE desk SET pictures = \(StoredJSON.encode(pictures)), revision = revision + 1,
                edited_at = \(clock.now()) WHERE id = \(desk.id)
            """)
        try record(.deskPictured, desk, actor, in: transaction)
    }

    /// Creates a desk below another; nobody vouches for it yet.
    @discardableResult
    public func create(
        _ handle: String, kind: Desk.Kind, page: DeskPage, below parent: String, by principal: Principal
    ) async throws -> ID<Desk> {
        try await database.write { transaction in
            let above = try Self.find(parent, in: transaction)
            // The right to keep the desks below is asked of a path below the parent.
            guard Permissions.allow(principal, .keepDesks, at: above.path + "0/"), let actor = principal.actor else {
                throw IdentityProblem.notAllowed
            }
            let id = try insert(handle, kind: kind, state: .preparing, page: page, below: above, in: transaction)
            let desk = try Self.find(id, in: transaction)
            try recordWording(.deskCreated, desk, page, actor, in: transaction)
            return id
        }
    }

    /// Vouches for a desk below: the public sees it as verified, and by whom.
    public func vouch(for handle: String, by principal: Principal) async throws {
        try await database.write { transaction in
            let (desk, actor) = try allowed(.keepDesks, at: handle, principal, in: transaction)
            try vouch(desk, by: principal.acting?.desk ?? desk.parent, actor: actor, in: transaction)
        }
    }

    /// Withdraws the word for a desk.
    public func unvouch(for handle: String, by principal: Principal) async throws {
        try await database.write { transaction in
            let (desk, actor) = try allowed(.keepDesks, at: handle, principal, in: transaction)
            let changed = try transaction.run(
                "UPDATE desk SET vouched_by = NULL, vouched_at = NULL WHERE id = \(desk.id) AND vouched_at IS NOT NULL")
            if changed > 0 {
                try record(.deskUnvouched, desk, actor, tags: [.desks, .mention(of: desk.id)], in: transaction)
            }
        }
    }

    /// Moves a desk along its life.
    public func change(_ handle: String, to state: Desk.State, by principal: Principal) async throws {
        try await database.write { transaction in
            let (desk, actor) = try allowed(.keepDesks, at: handle, principal, in: transaction)
            guard desk.state != state else { return }
            guard desk.state.next.contains(state) else { throw IdentityProblem.wrongState }
            try transaction.run("UPDATE desk SET state = \(state) WHERE id = \(desk.id)")
            try record(
                .deskState, desk, actor, tags: [.desks, .mention(of: desk.id)], facts: ["state": state.rawValue],
                in: transaction)
        }
    }

    /// Replaces the list of places that a desk looks after.
    public func setPlaces(_ places: [(Localized, Place.Kind)], of handle: String, by principal: Principal) async throws
    {
        try await database.write { transaction in
            let (desk, actor) = try allowed(.editDesk, at: handle, principal, in: transaction)
            try replacePlaces(places, of: desk.id, in: transaction)
            try record(.deskEdited, desk, actor, facts: ["part": "places"], in: transaction)
        }
    }

    func allowed(_ act: Act, at handle: String, _ principal: Principal, in reading: Reading) throws -> (Desk, ID<Actor>)
    {
        let desk = try Self.find(handle, in: reading)
        guard Permissions.allow(principal, act, at: desk.path), let actor = principal.actor else {
            throw IdentityProblem.notAllowed
        }
        return (desk, actor)
    }

    func insert(
        _ handle: String, kind: Desk.Kind, state: Desk.State, page: DeskPage, below parent: Desk?,
        in transaction: Transaction
    ) throws -> ID<Desk> {
        let id = ID<Desk>.next()
        let now = clock.now()
        do {
            try transaction.run(
                """
                INSERT INTO desk (id, parent_id, path, handle, kind, state, name, jurisdiction, address, phone, hours,
                    intro, numbers, latitude, longitude, pictures, revision, created_at, edited_at)
                VALUES (\(id), \(parent?.id), \((parent?.path ?? "/") + "\(id)/"), \(handle), \(kind), \(state),
                    \(page.name), \(page.jurisdiction), \(page.address), \(page.phone), \(page.hours), \(page.intro),
                    \(StoredJSON.encode(page.numbers)), \(page.latitude), \(page.longitude), '[]', 1, \(now), \(now))
                """)
        } catch DatabaseError.unique {
            throw IdentityProblem.taken(.handle)
        }
        try Self.index(id, handle: handle, page, in: transaction)
        return id
    }

    func rewrite(_ desk: Desk, to page: DeskPage, actor: ID<Actor>, in transaction: Transaction) throws {
        try write(page, to: desk, in: transaction)
        if page.name != desk.page.name || page.jurisdiction != desk.page.jurisdiction {
            try Self.index(desk.id, handle: desk.handle, page, in: transaction)
        }
        try recordWording(.deskEdited, desk, page, actor, in: transaction)
    }

    func vouch(_ desk: Desk, by voucher: ID<Desk>?, actor: ID<Actor>, in transaction: Transaction) throws {
        let changed = try transaction.run(
            """
            UPDATE desk SET vouched_by = \(voucher), vouched_at = \(clock.now())
            WHERE id = \(desk.id) AND vouched_at IS NULL
            """)
        if changed > 0 { try record(.deskVouched, desk, actor, tags: [.desks, .mention(of: desk.id)], in: transaction) }
    }

    func replacePlaces(_ places: [(Localized, Place.Kind)], of desk: ID<Desk>, in transaction: Transaction) throws {
        for id in try transaction.values("SELECT id FROM place WHERE desk_id = \(desk)", as: Int64.self) {
            try Self.placeIndex.remove(id, in: transaction)
        }
        try transaction.run("DELETE FROM place WHERE desk_id = \(desk)")
        for (name, kind) in places {
            let id = ID<Place>.next()
            try transaction.run("INSERT INTO place (id, desk_id, name, kind) VALUES (\(id), \(desk), \(name), \(kind))")
            try Self.placeIndex.put(id.rawValue, title: name.all, text: "", in: transaction)
        }
    }

    private func write(_ page: DeskPage, to desk: Desk, in transaction: Transaction) throws {
        try transaction.run(
            """
            UPDATE desk SET name = \(page.name), jurisdiction = \(page.jurisdiction), address = \(page.address),
                phone = \(page.phone), hours = \(page.hours), intro = \(page.intro),
                numbers = \(StoredJSON.encode(page.numbers)), latitude = \(page.latitude),
                longitude = \(page.longitude), revision = revision + 1, edited_at = \(clock.now())
            WHERE id = \(desk.id)
            """)
    }

    private static func index(_ id: ID<Desk>, handle: String, _ page: DeskPage, in transaction: Transaction) throws {
        try deskIndex.put(
            id.rawValue, title: page.name.all + "\n" + handle, text: page.jurisdiction.all, in: transaction)
    }
}
