// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// The body of a request while it comes in: in memory up to 64 KiB, beyond that in a file without a name, which is
/// gone with the exchange even if the process is killed.
///
/// `@unchecked Sendable`: written by the one thread that serves the connection; once the request is whole it is only
/// read, and `pread` moves no shared position.
final class Spool: @unchecked Sendable {
    static let memoryLimit = 64 * 1024
    private let folder: String
    private var memory: [UInt8] = []
    private var file: Int32 = -1
    private(set) var count = 0

    init(folder: String) { self.folder = folder }

    deinit { if file >= 0 { close(file) } }

    var isOnDisk: Bool { file >= 0 }

    /// Takes the next bytes.
    ///
    /// - Throws: `HTTPProblem.unavailable` when the disk takes no more.
    func append(_ bytes: UnsafeRawBufferPointer) throws(HTTPProblem) {
        count += bytes.count
        if file < 0 {
            if count <= Self.memoryLimit {
                memory.append(contentsOf: bytes)
                return
            }
            try moveToDisk()
        }
        try write(bytes)
    }

    /// The bytes of a range.
    func read(_ range: Range<Int>) throws(HTTPProblem) -> [UInt8] {
        guard file >= 0 else { return Array(memory[range]) }
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress! + done, $0.count - done, off_t(range.lowerBound + done))
            }
            guard got > 0 else { throw .unavailable(retryAfter: 5) }
            done += got
        }
        return bytes
    }

    func all() throws(HTTPProblem) -> [UInt8] { try read(0..<count) }

    /// Lends all bytes. What lies on disk is mapped, so a long upload takes no memory to look through.
    func withBytes<T>(
        _ body: (UnsafeRawBufferPointer) throws(HTTPProblem) -> T
    ) throws(HTTPProblem) -> T {
        guard file >= 0 else {
            let result = memory.withUnsafeBytes { bytes in Result { () throws(HTTPProblem) in try body(bytes) } }
            return try result.get()
        }
        // Nobody else has the file, so it can't be cut short under the mapping.
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
            throw .unavailable(retryAfter: 5)
        }
        defer { munmap(start, count) }
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    private func moveToDisk() throws(HTTPProblem) {
        var template = Array((folder + "/upload-XXXXXX").utf8CString)
        file = mkstemp(&template)
        guard file >= 0 else { throw .unavailable(retryAfter: 5) }
        unlink(template)
        let kept = memory
        memory = []
        let result = kept.withUnsafeBytes { bytes in Result { () throws(HTTPProblem) in try write(bytes) } }
        try result.get()
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(HTTPProblem) {
        var rest = bytes
        while let start = rest.baseAddress, rest.count > 0 {
            let written = Foundation.write(file, start, rest.count)
            guard written > 0 else { throw .unavailable(retryAfter: 5) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
