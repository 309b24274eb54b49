// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Frame
import HTTP
import Journal
import Storage

extension AccountSlice {
    /// The public record for machines, a thousand entries at a time: with the digests and chain values by which an
    /// outsider can tell, later, whether anything was changed or left out.
    @Sendable func journalExport(_ visit: Visit) async throws -> Reply {
        let after = visit.request.query["after"].flatMap { Int64($0) } ?? 0
        let ledger = self.ledger
        let entries = try await database.read(slow: true) { try ledger.entries(after: after, limit: 1000, in: $0) }
        return .response(try .json(entries.map(JournalLine.init)))
    }
}

/// One entry as outsiders get it. Numbers beyond 53 bits are text.
private struct JournalLine: Encodable {
    let sequence: Int64
    let at: String
    let kind: String
    let subject: String
    let desk: String?
    let actor: String
    let facts: [String: String]
    let digest: String?
    let chain: String

    init(_ entry: Entry) {
        sequence = entry.sequence
        at = entry.at.iso8601
        kind = entry.kind.rawValue
        subject = entry.subject.description
        desk = entry.desk.map(String.init)
        actor = entry.actor.description
        facts = entry.facts
        digest = entry.digest.map(Digest.hex)
        chain = Digest.hex(entry.chain)
    }
}
