// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal
import Storage

/// Who is acting in a request.
public enum Principal: Sendable {
    case nobody
    case person(Signed)
    case onDuty(Signed, Acting)

    /// A signed-in person and the session that says so.
    public struct Signed: Sendable {
        public let person: ID<Person>
        public let session: ID<Session>
        public let pseudonym: String
        /// The person's own actor number, under which private acts stand in the journal.
        public let actor: ID<Actor>
        /// True when the person holds any duty, and so may choose one.
        public let hasDuties: Bool

        public init(
            person: ID<Person>, session: ID<Session>, pseudonym: String, actor: ID<Actor>, hasDuties: Bool
        ) {
            self.person = person
            self.session = session
            self.pseudonym = pseudonym
            self.actor = actor
            self.hasDuties = hasDuties
        }
    }

    /// The duty that the person has chosen to act on.
    public struct Acting: Sendable {
        public let duty: ID<Duty>
        public let role: Role
        public let desk: ID<Desk>?
        /// The desk's path; nil for a city-wide duty.
        public let path: String?
        public let handle: String?
        public let actor: ID<Actor>

        public init(
            duty: ID<Duty>, role: Role, desk: ID<Desk>?, path: String?, handle: String?, actor: ID<Actor>
        ) {
            self.duty = duty
            self.role = role
            self.desk = desk
            self.path = path
            self.handle = handle
            self.actor = actor
        }
    }

    public var signed: Signed? {
        switch self {
        case .nobody: nil
        case .person(let signed), .onDuty(let signed, _): signed
        }
    }

    public var acting: Acting? {
        if case .onDuty(_, let acting) = self { acting } else { nil }
    }

    /// The number under which an act of this principal is recorded: the duty's while on duty, else the person's.
    public var actor: ID<Actor>? { acting?.actor ?? signed?.actor }

    /// What the journal may show this principal.
    public var audience: [Audience] { acting == nil ? [.everyone] : Audience.allCases }
}
