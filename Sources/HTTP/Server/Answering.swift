// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Foundation

/// Queues answers on libmicrohttpd's connections.
enum Answering {
    /// Queues a response in the form that the request can take.
    ///
    /// - Returns: .NO when the connection must be closed instead.
    static func queue(_ response: Response, for exchange: Exchange, closing: Bool) -> MHD_Result {
        switch response.body {
        case .prepared(let prepared):
            return prepared.queue(for: exchange, closing: closing)
        case .bytes(let bytes):
            return queue(bytes, response, exchange, closing: closing)
        case .file(let path):
            return queue(file: path, response, exchange, closing: closing)
        case .events(let stream):
            return queue(stream, response, exchange)
        }
    }

    private static func queue(
        _ bytes: [UInt8], _ response: Response, _ exchange: Exchange, closing: Bool
    ) -> MHD_Result {
        let connection = exchange.connection.pointer
        var headers = response.headers
        var status = response.status
        var body = bytes
        let isRead = exchange.head?.method.lookup == .get
        if status == 200, isRead, headers["Set-Cookie"] == nil, headers["ETag"] == nil {
            let tag = ETag.of(bytes)
            headers["ETag"] = tag
            if ETag.matches(MHD_lookup_connection_value(connection, .HEADER_KIND, "If-None-Match"), tag) {
                status = 304
                body = []
            }
        }
        if Gzip.isWorthwhile(headers["Content-Type"], bytes.count) {
            headers.add("Vary", "Accept-Encoding")
            let accepted = MHD_lookup_connection_value(connection, .HEADER_KIND, "Accept-Encoding")
            if status != 304, Gzip.isAccepted(accepted), let smaller = Gzip.compress(body, level: 4) {
                body = smaller
                headers["Content-Encoding"] = "gzip"
            }
        }
        if closing { headers["Connection"] = "close" }
        exchange.sent = body.count
        return queue(RawResponse.make(body, headers), status, exchange)
    }

    private static func queue(
        file path: String, _ response: Response, _ exchange: Exchange, closing: Bool
    ) -> MHD_Result {
        let connection = exchange.connection.pointer
        var headers = response.headers
        if closing { headers["Connection"] = "close" }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            if descriptor >= 0 { close(descriptor) }
            return queue(RawResponse.make([], headers), 404, exchange)
        }
        let size = Int(status.st_size)
        let tag = "\"\(size)-\(status.st_mtim.tv_sec)-\(status.st_mtim.tv_nsec)\""
        headers["ETag"] = tag
        if ETag.matches(MHD_lookup_connection_value(connection, .HEADER_KIND, "If-None-Match"), tag) {
            close(descriptor)
            return queue(RawResponse.make([], headers), 304, exchange)
        }
        var asked: String?
        if exchange.head?.method == .get {
            asked = MHD_lookup_connection_value(connection, .HEADER_KIND, "Range").map { String(cString: $0) }
        }
        // A range of another version than the reader holds would give a broken file (RFC 9110, section 13.1.5).
        if let condition = MHD_lookup_connection_value(connection, .HEADER_KIND, "If-Range"),
            String(cString: condition) != tag
        {
            asked = nil
        }
        switch ByteRange.parse(asked, size: size) {
        case .whole: return queue(descriptor, 0..<size, 200, headers, exchange)
        case .part(let range):
            headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return queue(descriptor, range, 206, headers, exchange)
        case .unsatisfiable:
            close(descriptor)
            headers["Content-Range"] = "bytes */\(size)"
            return queue(RawResponse.make([], headers), 416, exchange)
        }
    }

    private static func queue(
        _ descriptor: Int32, _ range: Range<Int>, _ status: Int, _ headers: Headers, _ exchange: Exchange
    ) -> MHD_Result {
        // The response owns the descriptor from here on.
        guard
            let raw = MHD_create_response_from_fd_at_offset64(UInt64(range.count), descriptor, UInt64(range.lowerBound))
        else {
            close(descriptor)
            return .NO
        }
        RawResponse.add(headers, to: raw)
        exchange.sent = range.count
        return queue(raw, status, exchange)
    }

    private static func queue(_ stream: EventStream, _ response: Response, _ exchange: Exchange) -> MHD_Result {
        let source = Unmanaged.passRetained(StreamSource(stream: stream, connection: exchange.connection))
        let raw = MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN_VALUE, 512,
            { context, _, buffer, size in
                guard let context, let buffer else { return -1 }
                let source = Unmanaged<StreamSource>.fromOpaque(context).takeUnretainedValue()
                let target = UnsafeMutableRawBufferPointer(start: buffer, count: size)
                return source.stream.read(into: target, connection: source.connection)
            }, source.toOpaque(),
            { context in
                if let context { Unmanaged<StreamSource>.fromOpaque(context).release() }
            })
        guard let raw else {
            source.release()
            return .NO
        }
        RawResponse.add(response.headers, to: raw)
        return queue(raw, response.status, exchange)
    }

    private static func queue(_ raw: OpaquePointer, _ status: Int, _ exchange: Exchange) -> MHD_Result {
        exchange.status = status
        let result = MHD_queue_response(exchange.connection.pointer, UInt32(status), raw)
        MHD_destroy_response(raw)
        return result
    }
}

/// (uint64_t) -1, a macro that Swift does not import.
private let MHD_SIZE_UNKNOWN_VALUE = UInt64.max

/// What libmicrohttpd's reader callback needs.
private final class StreamSource {
    let stream: EventStream
    let connection: ParkedConnection

    init(stream: EventStream, connection: ParkedConnection) {
        self.stream = stream
        self.connection = connection
    }
}
