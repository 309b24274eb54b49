// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Workers

/// A client that sends what it is told to, sound or not, over a real socket.
///
/// `@unchecked Sendable`: a test that sends from another task does nothing else with it meanwhile.
public final class RawClient: @unchecked Sendable {
    private let socket: Int32
    private var buffer: [UInt8] = []

    public init(port: UInt16) {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(connected == 0, "the test's server is not there")
        // A hung test fails instead of hanging the run.
        var limit = timeval(tv_sec: 8, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    /// - Returns: false when the other side has gone.
    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        Foundation.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Reads until the other side closes.
    public func rest() -> String {
        while receive() {}
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Reads until a text has come; nil when the other side closes first.
    public func read(until text: String) -> String? {
        let wanted = Array(text.utf8)
        while true {
            if let end = buffer.firstRange(of: wanted)?.upperBound {
                defer { buffer.removeFirst(end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            if !receive() { return nil }
        }
    }

    /// One whole response; nil when the other side closes first.
    public func response(isHead: Bool = false) -> RawResponse? {
        guard let head = read(until: "\r\n\r\n") else { return nil }
        let lines = head.split(separator: "\r\n").map(String.init)
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        if status == 100 { return response(isHead: isHead) }
        var headers: [(String, String)] = []
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if halves.count == 2 { headers.append((halves[0].lowercased(), halves[1])) }
        }
        let length = isHead || status == 304 ? 0 : headers.first { $0.0 == "content-length" }.flatMap { Int($0.1) } ?? 0
        while buffer.count < length { if !receive() { return nil } }
        defer { buffer.removeFirst(length) }
        return RawResponse(status: status, headers: headers, body: Array(buffer[..<length]))
    }

    /// Sends and waits for the response on a thread of its own: a test that blocks one of Swift's few threads keeps the
    /// server in the same process from answering.
    public func exchange(_ text: String) async throws -> RawResponse? {
        try await Self.threads.run { [self] in
            send(text)
            return response()
        }
    }

    /// Reads until a text has come, on a thread of its own.
    public func wait(for text: String) async throws -> String? {
        try await Self.threads.run { [self] in read(until: text) }
    }

    private static let threads = WorkerPool(name: "test-client", threads: 32, queue: 1000)

    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }
}

/// A response as it came.
public struct RawResponse: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    init(status: Int, headers: [(String, String)], body: [UInt8]) {
        self.status = status
        self.headers = headers.map { (name: $0.0, value: $0.1) }
        self.body = body
    }

    public var text: String { String(decoding: body, as: UTF8.self) }
    public subscript(header: String) -> String? { headers.first { $0.name == header.lowercased() }?.value }

    /// The value of a cookie that was set.
    public func cookie(_ name: String) -> String? {
        headers.filter { $0.name == "set-cookie" && $0.value.hasPrefix(name + "=") }
            .first.map { String($0.value.dropFirst(name.count + 1).prefix { $0 != ";" }) }
    }
}
