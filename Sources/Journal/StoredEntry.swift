// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Foundation
import Storage

/// An entry as its row holds it, and the bytes that the chain covers.
struct StoredEntry {
    let sequence: Int64
    let at: Timestamp
    let kind: String
    let subject: String
    let desk: Int64?
    let actor: ID<Actor>
    let audience: String
    let tags: String
    let facts: String
    let digest: [UInt8]?
    var chain: [UInt8] = []

    init(_ new: NewEntry, sequence: Int64, at: Timestamp, digest: [UInt8]?) {
        self.sequence = sequence
        self.at = at
        kind = new.kind.rawValue
        subject = new.subject.description
        desk = new.desk
        actor = new.actor
        audience = new.audience.rawValue
        tags = new.tags.map(\.description).joined(separator: " ")
        facts = Facts.encode(new.facts)
        self.digest = digest
    }

    init(_ entry: Entry) {
        sequence = entry.sequence
        at = entry.at
        kind = entry.kind.rawValue
        subject = entry.subject.description
        desk = entry.desk
        actor = entry.actor
        audience = entry.audience.rawValue
        tags = entry.tags.map(\.description).joined(separator: " ")
        facts = Facts.encode(entry.facts)
        digest = entry.digest
        chain = entry.chain
    }

    /// The chain value of this entry: SHA-256 over the value before and the fields, each with its length in front.
    func link(after previous: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        func field(_ content: some Collection<UInt8>) {
            withUnsafeBytes(of: UInt32(content.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: content)
        }
        field(previous)
        for number in [sequence, at.milliseconds, desk ?? 0, actor.rawValue] {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        for text in [kind, subject, audience, tags, facts] { field(text.utf8) }
        field(digest ?? [])
        return Digest.sha256(bytes)
    }

    var insertion: SQL {
        """
        INSERT INTO journal (sequence, at, kind, subject, desk, actor, audience, tags, facts, digest, chain)
        VALUES (\(sequence), \(at), \(kind), \(subject), \(desk), \(actor), \(audience), \(tags), \(facts),
                \(digest), \(chain))
        """
    }
}

extension Entry: RowDecodable {
    public init(row: Row) throws {
        sequence = try row["sequence"]
        at = try row["at"]
        kind = EntryKind(rawValue: try row["kind"])
        let subject: String = try row["subject"]
        self.subject = Tag(stored: subject[...])
        desk = try row["desk"]
        actor = try row["actor"]
        let audience: String = try row["audience"]
        // An audience that this program doesn't know is kept from the public.
        self.audience = Audience(rawValue: audience) ?? .force
        let tags: String = try row["tags"]
        self.tags = tags.split(separator: " ").map(Tag.init(stored:))
        facts = Facts.decode(try row["facts"])
        digest = try row["digest"]
        chain = try row["chain"]
    }
}

/// The public facts of an entry as JSON with sorted keys, so that the same facts always give the same bytes.
enum Facts {
    static func encode(_ facts: [String: String]) -> String {
        guard !facts.isEmpty else { return "{}" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A dictionary of strings always encodes.
        let bytes = (try? encoder.encode(facts)) ?? Data("{}".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func decode(_ text: String) -> [String: String] {
        guard text != "{}" else { return [:] }
        // Facts that can't be read are shown as none; the chain check reports the damage.
        return (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
    }
}
