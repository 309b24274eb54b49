// SPDX-License-Identifier: AGPL-3.0-or-later
import CZlib

/// gzip (RFC 1952) through zlib.
enum Gzip {
    /// - Parameter level: 1 to 9. Pages that are kept take 9, pages made for one reader 4.
    /// - Returns: nil when the result would not be smaller.
    static func compress(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, plus 16 for gzip's own frame (zlib.h, deflateInit2).
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var source = bytes
        var result = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let code = source.withUnsafeMutableBufferPointer { input in
            result.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        let size = Int(stream.total_out)
        guard code == Z_STREAM_END, size < bytes.count else { return nil }
        return Array(result[..<size])
    }

    static func isWorthwhile(_ type: String?, _ size: Int) -> Bool {
        guard size > 700, let type else { return false }
        return ["text/", "application/json", "application/xml", "application/atom", "application/rss", "image/svg"]
            .contains { type.hasPrefix($0) } || type.contains("javascript") || type.contains("+json")
    }

    /// Whether an `Accept-Encoding` header takes gzip (RFC 9110, section 12.5.3).
    static func isAccepted(_ header: UnsafePointer<CChar>?) -> Bool {
        guard let header else { return false }
        let text = String(cString: header)
        guard text.contains("gzip") else { return false }
        guard text.contains("q=0") else { return true }
        return text.split(separator: ",").contains { range in
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "gzip"
                && !parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }
}
