// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Frame
import HTTP
import Identity
import Markup

extension AccountSlice {
    @Sendable func deskHistory(_ visit: Visit) async throws -> Reply {
        let desk = try await directory.desk(visit.handle)
        let versions = try await directory.versions(of: desk.handle)
        let words = visit.words
        let parts = DeskParts(words: words)
        return .page(
            Page(
                words("history.title", ["desk": desk.page.name[words.language]]), tags: [.desk(desk.id)],
                section: .desks,
                """
                <p class="trail"><a href="/@\(desk.handle)">\(parts.localized(desk.page.name))</a></p>
                <h1>\(words("history.heading"))</h1><p class="lead">\(words("history.lead"))</p>
                \(when(versions.isEmpty) { "<p class=\"empty\">\(words("history.empty"))</p>" })
                <ol class="versions">\(each(versions) { version($0, words) })</ol>
                """))
    }

    /// A wording with the nonce that opens the journal's commitment: anybody can hash the two and compare.
    private func version(_ version: DeskVersion, _ words: Words) -> HTML {
        """
        <li><p>\(words("history.entry", ["n": String(version.sequence)])) · \(Times(words).element(version.at))</p>
        <details><summary>\(words("history.text"))</summary>
        <pre class="text" tabindex="0">\(version.text)</pre>
        <p class="quiet">\(words("history.nonce")) <code>\(Digest.hex(version.nonce))</code></p>
        <p class="quiet">SHA-256 <code>\(Digest.hex(Commitment.digest(version.text, nonce: version.nonce)))</code></p>
        </details></li>
        """
    }
}
