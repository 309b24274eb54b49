// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD

/// A response built once and served many times: plain and as gzip, with an entity tag, and as "not modified".
///
/// `@unchecked Sendable`: the pointers are to libmicrohttpd responses, which count their references under a lock of
/// their own and are not changed after `init`.
public final class PreparedResponse: @unchecked Sendable {
    public let status: Int
    public let etag: String
    /// Bytes held, both forms.
    public let size: Int
    private let plain: OpaquePointer
    private let gzipped: OpaquePointer?
    private let unmodified: OpaquePointer

    public init(status: Int = 200, headers: Headers, body: [UInt8], gzip: Bool = true) {
        self.status = status
        etag = ETag.of(body)
        let compressed =
            gzip && Gzip.isWorthwhile(headers["Content-Type"], body.count)
            ? Gzip.compress(body, level: 9) : nil
        var common = headers
        common["ETag"] = etag
        if compressed != nil { common.add("Vary", "Accept-Encoding") }
        plain = RawResponse.make(body, common)
        gzipped = compressed.map { bytes in
            var headers = common
            headers["Content-Encoding"] = "gzip"
            return RawResponse.make(bytes, headers)
        }
        common["Content-Type"] = nil
        unmodified = RawResponse.make([], common)
        size = body.count + (compressed?.count ?? 0) + 1024
    }

    deinit {
        MHD_destroy_response(plain)
        MHD_destroy_response(gzipped)
        MHD_destroy_response(unmodified)
    }

    /// Queues the form that the request can take.
    ///
    /// - Returns: the status that was sent.
    func queue(on connection: OpaquePointer) -> Int {
        let known = MHD_lookup_connection_value(connection, .HEADER_KIND, "If-None-Match")
        if status == 200, known != nil, ETag.matches(known, etag) {
            MHD_queue_response(connection, 304, unmodified)
            return 304
        }
        if let gzipped, Gzip.isAccepted(MHD_lookup_connection_value(connection, .HEADER_KIND, "Accept-Encoding")) {
            MHD_queue_response(connection, UInt32(status), gzipped)
        } else {
            MHD_queue_response(connection, UInt32(status), plain)
        }
        return status
    }
}

/// Makes libmicrohttpd responses.
enum RawResponse {
    static func make(_ body: [UInt8], _ headers: Headers) -> OpaquePointer {
        let response = body.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let response else { preconditionFailure("out of memory") }
        add(headers, to: response)
        return response
    }

    static func add(_ headers: Headers, to response: OpaquePointer) {
        for (name, value) in headers.fields { MHD_add_response_header(response, name, value) }
    }
}
