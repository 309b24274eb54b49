// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// A connection that sends exactly the bytes it is told to, so that tests can be as hostile as the open network.
final class Wire {
    enum Broken: Error {
        case connect(Int32)
        case closed
        case silent
        case malformed(String)
    }

    struct Reply {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
        subscript(name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    private let socket: Int32
    private var buffer: [UInt8] = []

    /// - Parameter room: the bytes that this side's system takes before the reader fetches them.
    init(port: UInt16, room: Int32? = nil) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Far beyond what any answer takes: only so that a failing test ends.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if var room { setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Broken.connect(errno) }
    }

    deinit { close(socket) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Broken.closed }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads one answer, leaving what follows for the next.
    func reply(toHead: Bool = false) throws -> Reply {
        let head = try line(until: Array("\r\n\r\n".utf8))
        var lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { throw Broken.malformed("status") }
        let headers = lines.map { line in
            let halves = line.split(separator: ":", maxSplits: 1)
            return (
                name: String(halves[0]), value: halves.count > 1 ? halves[1].trimmingCharacters(in: .whitespaces) : ""
            )
        }
        var reply = Reply(status: status, headers: headers, body: [])
        guard !toHead, status >= 200, status != 204, status != 304 else { return reply }
        if reply["Transfer-Encoding"] == "chunked" {
            while let chunk = try chunk() { reply.body += chunk }
        } else if let length = reply["Content-Length"].flatMap({ Int($0) }) {
            reply.body = try take(length)
        }
        return reply
    }

    /// The next chunk of a chunked answer; nil at its end.
    func chunk() throws -> [UInt8]? {
        let size = String(decoding: try line(until: Array("\r\n".utf8)), as: UTF8.self)
        guard let count = Int(size, radix: 16) else { throw Broken.malformed("chunk") }
        let chunk = try take(count)
        _ = try take(2)
        return count == 0 ? nil : chunk
    }

    func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// Reads whatever comes until the other side closes.
    func rest() throws -> [UInt8] {
        while true {
            do { try fill() } catch Broken.closed { break }
        }
        defer { buffer = [] }
        return buffer
    }

    private func line(until end: [UInt8]) throws -> [UInt8] {
        while true {
            if let range = buffer.firstRange(of: end) {
                let line = Array(buffer[..<range.lowerBound])
                buffer.removeSubrange(..<range.upperBound)
                return line
            }
            try fill()
        }
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &chunk, chunk.count, 0)
        if count < 0, errno == EAGAIN { throw Broken.silent }
        guard count > 0 else { throw Broken.closed }
        buffer += chunk[..<count]
    }
}
