// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// What happened, as a short dotted word (`desk.edited`). Each slice declares its own kinds as static members.
public struct EntryKind: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ word: StaticString) { rawValue = "\(word)" }
}

/// Who may read an entry.
public enum Audience: String, Sendable, CaseIterable {
    /// Anybody, signed in or not.
    case everyone
    /// People on duty at any desk of the force.
    case force
}

/// What a page shows and an entry touches: an entry drops the cached pages that bear one of its tags.
public struct Tag: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ word: StaticString) { description = "\(word)" }
    /// A tag for one thing, such as `desk:12`.
    public init<Subject>(_ word: StaticString, _ id: ID<Subject>) { description = "\(word):\(id.rawValue)" }
    init(stored: Substring) { description = String(stored) }

    /// Pages that show the newest entries: every entry touches them.
    public static let journal = Tag("journal")
}

/// The opaque number under which an actor appears in the journal.
///
/// A duty's number leads to the officer inside the force and stays; a citizen's is erased with the account.
public enum Actor: Sendable {}

/// Marks journal sequence numbers where they appear as foreign keys.
public typealias Sequence64 = Int64

/// One public act, about to be recorded.
///
/// `facts` are published as they stand: never put a name, an address or any other personal data in them.
public struct NewEntry: Sendable {
    public var kind: EntryKind
    public var subject: Tag
    public var desk: Int64?
    public var actor: ID<Actor>
    public var audience: Audience
    public var tags: [Tag]
    public var facts: [String: String]
    /// The text that the act made public. Only a commitment to it enters the journal.
    public var content: String?

    public init(
        _ kind: EntryKind, subject: Tag, desk: Int64?, actor: ID<Actor>, audience: Audience = .everyone,
        tags: [Tag] = [], facts: [String: String] = [:], content: String? = nil
    ) {
        self.kind = kind
        self.subject = subject
        self.desk = desk
        self.actor = actor
        self.audience = audience
        self.tags = tags
        self.facts = facts
        self.content = content
    }
}

/// One recorded act.
public struct Entry: Sendable {
    /// 1, 2, 3 and so on without gaps, in the order of the commits.
    public let sequence: Int64
    public let at: Timestamp
    public let kind: EntryKind
    public let subject: Tag
    public let desk: Int64?
    public let actor: ID<Actor>
    public let audience: Audience
    public let tags: [Tag]
    public let facts: [String: String]
    /// SHA-256 over a nonce and the text (see `Commitment`); nil when the act had no text.
    public let digest: [UInt8]?
    /// SHA-256 over the chain value before and this entry: whoever holds one value can check all before it.
    public let chain: [UInt8]
}

/// What `Ledger.append` hands back: the entry's place, and the nonce to keep beside the text.
public struct Recorded: Sendable {
    public let sequence: Int64
    public let nonce: [UInt8]?
}

/// Told to the database's observers after the commit: these tags changed.
public struct Touched: Sendable {
    public let tags: [Tag]
}
