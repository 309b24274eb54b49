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
    private let plain: Form
    private let gzipped: Form?
    private let unmodified: Form

    /// One of the forms, with what it takes to build it again for a connection that is to be closed.
    private struct Form {
        let raw: OpaquePointer
        let body: HeldBytes
        let headers: Headers

        init(_ body: [UInt8], _ headers: Headers) {
            self.body = HeldBytes(body)
            self.headers = headers
            raw = RawResponse.make(self.body, headers)
        }
    }

    public init(status: Int = 200, headers: Headers, body: [UInt8], gzip: Bool = true) {
        self.status = status
        etag = ETag.of(body)
        let isCompressible = gzip && Gzip.isWorthwhile(headers["Content-Type"], body.count)
        let compressed = isCompressible ? Gzip.compress(body, level: 9) : nil
        var common = headers
        common["ETag"] = etag
        if compressed != nil { common.add("Vary", "Accept-Encoding") }
        plain = Form(body, common)
        gzipped = compressed.map { bytes in
            var headers = common
            headers["Content-Encoding"] = "gzip"
            return Form(bytes, headers)
        }
        common["Content-Type"] = nil
        unmodified = Form([], common)
        size = body.count + (compressed?.count ?? 0) + 1024
    }

    deinit {
        MHD_destroy_response(plain.raw)
        if let gzipped { MHD_destroy_response(gzipped.raw) }
        MHD_destroy_response(unmodified.raw)
    }

    /// Queues the form that the request can take.
    func queue(for exchange: Exchange, closing: Bool) -> MHD_Result {
        let connection = exchange.connection.pointer
        let form: Form
        exchange.status = status
        if status == 200, let known = MHD_lookup_connection_value(connection, .HEADER_KIND, "If-None-Match"),
            ETag.matches(known, etag)
        {
            form = unmodified
            exchange.status = 304
        } else if let gzipped,
            Gzip.isAccepted(MHD_lookup_connection_value(connection, .HEADER_KIND, "Accept-Encoding"))
        {
            form = gzipped
        } else {
            form = plain
        }
        exchange.sent = form.body.count
        guard closing else { return MHD_queue_response(connection, UInt32(exchange.status), form.raw) }
        var headers = form.headers
        headers["Connection"] = "close"
        let raw = RawResponse.make(form.body, headers)
        defer { MHD_destroy_response(raw) }
        return MHD_queue_response(connection, UInt32(exchange.status), raw)
    }
}

/// Bytes at an address that stays, shared by the responses that send them.
///
/// `@unchecked Sendable`: written before anybody else sees them.
final class HeldBytes: @unchecked Sendable {
    private let buffer: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) {
        buffer = .allocate(byteCount: bytes.count, alignment: 1)
        buffer.copyBytes(from: bytes)
    }

    deinit { buffer.deallocate() }

    var count: Int { buffer.count }
    var start: UnsafeMutableRawPointer? { buffer.baseAddress }
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

    /// A response that keeps the bytes for as long as it is being sent, which may be longer than its maker lives.
    static func make(_ body: HeldBytes, _ headers: Headers) -> OpaquePointer {
        let held = Unmanaged.passRetained(body)
        let response = MHD_create_response_from_buffer_with_free_callback_cls(
            body.count, body.start,
            { context in
                if let context { Unmanaged<HeldBytes>.fromOpaque(context).release() }
            }, held.toOpaque())
        guard let response else { preconditionFailure("out of memory") }
        add(headers, to: response)
        return response
    }

    static func add(_ headers: Headers, to response: OpaquePointer) {
        for (name, value) in headers.fields { MHD_add_response_header(response, name, value) }
    }
}
