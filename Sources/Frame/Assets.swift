// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP

/// Style sheets, modules and drawings, read once at the start and served from memory.
///
/// Pages name an asset with its version in the query, so that browsers may keep it for a year.
public struct Assets: Sendable {
    private let responses: [String: PreparedResponse]
    private let versions: [String: String]

    public static func load() throws -> Assets {
        guard let folder = Bundle.module.url(forResource: "Assets", withExtension: nil) else {
            throw AssetProblem.missing("Assets")
        }
        var responses: [String: PreparedResponse] = [:]
        var versions: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            guard let type = types[(name as NSString).pathExtension] else { continue }
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            let response = PreparedResponse(
                headers: [
                    "Content-Type": type, "Cache-Control": "public, max-age=31536000, immutable",
                    "X-Content-Type-Options": "nosniff"
                ], body: bytes)
            responses["/assets/" + name] = response
            versions[name] = String(response.etag.filter { $0.isLetter || $0.isNumber }.suffix(8))
        }
        return Assets(responses: responses, versions: versions)
    }

    init(responses: [String: PreparedResponse], versions: [String: String]) {
        self.responses = responses
        self.versions = versions
    }

    func response(_ path: String) -> PreparedResponse? { responses[path] }

    /// The address of an asset with its version.
    public func address(_ name: String) -> String { "/assets/\(name)?v=\(versions[name] ?? "0")" }

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        "webmanifest": "application/manifest+json", "png": "image/png"
    ]
}
