// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// A city in a file: its profile, its desks and places, and, for a demo, its people. `precinct desk import` reads it.
public struct CityFile: Sendable, Codable {
    public struct City: Sendable, Codable {
        public var name: Localized
        public var force: Localized
        public var numbers: [CallNumber]?
    }

    public struct FileDesk: Sendable, Codable {
        public var handle: String
        public var parent: String?
        public var kind: Desk.Kind
        public var state: Desk.State?
        public var verified: Bool?
        public var name: Localized
        public var jurisdiction: Localized?
        public var address: Localized?
        public var phone: String?
        public var hours: Localized?
        public var intro: Localized?
        public var latitude: Double?
        public var longitude: Double?
        public var numbers: [CallNumber]?
        public var places: [FilePlace]?

        public init(handle: String, parent: String?, kind: Desk.Kind, name: Localized) {
            self.handle = handle
            self.parent = parent
            self.kind = kind
            self.name = name
        }

        public var page: DeskPage {
            DeskPage(
                name: name, jurisdiction: jurisdiction ?? Localized(), address: address ?? Localized(),
                phone: phone ?? "", hours: hours ?? Localized(), intro: intro ?? Localized(), numbers: numbers ?? [],
                latitude: latitude, longitude: longitude)
        }
    }

    public struct FilePlace: Sendable, Codable {
        public var name: Localized
        public var kind: Place.Kind

        public init(name: Localized, kind: Place.Kind) {
            self.name = name
            self.kind = kind
        }
    }

    public struct FilePerson: Sendable, Codable {
        public var name: String
        public var password: String
        public var pseudonym: String
        public var language: String?
        public var duties: [FileDuty]
        /// What to try with this sign-in, for the demo's first screen.
        public var note: Localized?
    }

    public struct FileDuty: Sendable, Codable {
        public var desk: String?
        public var role: Role
        public var publicName: String?
        public var shiftCode: String
        public var beat: Localized?
    }

    public var city: City?
    public var desks: [FileDesk]
    public var people: [FilePerson]?

    public init(desks: [FileDesk]) { self.desks = desks }
}

/// Sets a city up from the shell: desks from a file, the first operator, the demo's people.
public struct Founding: Sendable {
    private let directory: Directory
    private let accounts: Accounts
    private let appointments: Appointments
    private let city: City
    private var database: Database { directory.database }

    public init(directory: Directory, accounts: Accounts, appointments: Appointments, city: City) {
        self.directory = directory
        self.accounts = accounts
        self.appointments = appointments
        self.city = city
    }

    /// Adds or renews the desks of a file, in batches; a desk that is there already gets the file's page and keeps
    /// everything else. Run again after a failure it goes on where it was.
    ///
    /// - Parameter progress: called with the number of desks done.
    public func take(_ file: CityFile, progress: @escaping @Sendable (Int) -> Void) async throws {
        if let stated = file.city {
            var profile = city.profile
            profile.name = stated.name
            profile.force = stated.force
            if let numbers = stated.numbers { profile.numbers = numbers }
            let changed = profile
            try await database.write { try self.city.store(changed, actor: .shell, in: $0) }
        }
        var done = 0
        while done < file.desks.count {
            let batch = Array(file.desks[done..<min(done + 100, file.desks.count)])
            try await database.write { transaction in
                for desk in batch { try put(desk, in: transaction) }
            }
            done += batch.count
            progress(done)
        }
    }

    /// Opens accounts and gives them their duties; people who are there already are left alone.
    public func welcome(_ people: [CityFile.FilePerson], progress: @escaping @Sendable (Int) -> Void) async throws {
        for (index, person) in people.enumerated() {
            do {
                let id = try await accounts.register(
                    NewPerson(
                        name: person.name, password: person.password, pseudonym: person.pseudonym,
                        language: person.language ?? city.profile.language))
                for duty in person.duties {
                    let new = NewDuty(
                        role: duty.role, publicName: duty.publicName, shiftCode: duty.shiftCode,
                        beat: duty.beat ?? Localized())
                    try await appoint(id, to: new, at: duty.desk)
                }
            } catch IdentityProblem.taken(_) {
                // Run a second time, the demo finds its people there.
            }
            progress(index + 1)
        }
    }

    /// Appoints somebody by name, from the shell.
    public func appoint(_ name: String, to new: NewDuty, at handle: String?) async throws {
        let id = try await database.read {
            try $0.value("SELECT id FROM person WHERE name_folded = \(Folded.name(name))", as: ID<Person>.self)
        }
        guard let id else { throw IdentityProblem.notFound }
        try await appoint(id, to: new, at: handle)
    }

    private func appoint(_ person: ID<Person>, to new: NewDuty, at handle: String?) async throws {
        try await database.write { transaction in
            let desk = try handle.map { try Directory.find($0, in: transaction) }
            _ = try appointments.add(new, person: person, desk: desk, actor: .shell, in: transaction)
        }
    }

    private func put(_ new: CityFile.FileDesk, in transaction: Transaction) throws {
        let parent = try new.parent.map { try Directory.find($0, in: transaction) }
        let known = try transaction.first(
            "SELECT \(sql: Desk.columns) FROM desk WHERE handle = \(new.handle)", as: Desk.self)
        let id: ID<Desk>
        if let known {
            id = known.id
            guard known.page != new.page else { return }
            try directory.rewrite(known, to: new.page, actor: .shell, in: transaction)
        } else {
            id = try directory.insert(
                new.handle, kind: new.kind, state: new.state ?? .open, page: new.page, below: parent, in: transaction)
            let desk = try Directory.find(id, in: transaction)
            try directory.recordWording(.deskCreated, desk, new.page, .shell, in: transaction)
            if new.verified ?? true { try directory.vouch(desk, by: parent?.id, actor: .shell, in: transaction) }
        }
        guard let places = new.places else { return }
        try directory.replacePlaces(places.map { ($0.name, $0.kind) }, of: id, in: transaction)
    }
}
