// SPDX-License-Identifier: AGPL-3.0-or-later

/// A file that somebody sent with a form.
public struct Upload: Sendable {
    /// The name that the browser gave, without any folder. Never use it as a path.
    public let fileName: String
    /// The type that the browser claims. Never trust it.
    public let contentType: String
    public let size: Int
    private let spool: Spool
    private let range: Range<Int>

    init(fileName: String, contentType: String, spool: Spool, range: Range<Int>) {
        self.fileName = fileName.split { $0 == "/" || $0 == "\\" }.last.map { String($0.prefix(200)) } ?? ""
        self.contentType = contentType
        self.spool = spool
        self.range = range
        size = range.count
    }

    /// The content. It lies on disk when the whole form was longer than 64 KiB.
    public func bytes() throws(HTTPProblem) -> [UInt8] { try spool.read(range) }
}
