// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import HTTP
import Synchronization

/// Writes log lines from a thread of its own, so that no request waits for a slow disk. When lines come faster than
/// they can be written, the surplus is counted and dropped.
final class LogWriter: Sendable {
    private struct State {
        var lines: [UInt8] = []
        var dropped = 0
        var isClosed = false
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private static let limit = 4 << 20

    init(descriptor: Int32) {
        self.descriptor = descriptor
        let thread = Thread { [self] in work() }
        thread.name = "log"
        thread.start()
    }

    /// - Parameter file: a path, or `-` for standard output.
    convenience init(file: String) throws {
        if file == "-" {
            self.init(descriptor: 1)
            return
        }
        let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PlainFailure(line: "the log \(file) can't be written") }
        self.init(descriptor: descriptor)
    }

    func write(_ line: String) {
        let first = state.withLock { state in
            guard state.lines.count < Self.limit else {
                state.dropped += 1
                return false
            }
            defer { state.lines.append(contentsOf: (line + "\n").utf8) }
            return state.lines.isEmpty
        }
        if first { wake.signal() }
    }

    /// Writes what is left and ends the thread.
    func close() {
        state.withLock { $0.isClosed = true }
        wake.signal()
        ended.wait()
    }

    private func work() {
        while true {
            wake.wait()
            let (bytes, dropped, isClosed) = state.withLock { state in
                defer { (state.lines, state.dropped) = ([], 0) }
                return (state.lines, state.dropped, state.isClosed)
            }
            put(bytes)
            if dropped > 0 { put(Array("\(dropped) lines were dropped\n".utf8)) }
            if isClosed, bytes.isEmpty {
                ended.signal()
                return
            }
            if isClosed { wake.signal() }
        }
    }

    private func put(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            // A log that can't be written must not stop the service.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Lines of the logs.
enum LogLines {
    /// The common log format without the parts that we don't keep: no query, no user, no agent.
    static func access(_ line: AccessLine) -> String {
        let milliseconds = (line.duration / .milliseconds(1) * 10).rounded() / 10
        let path = line.path.unicodeScalars.contains { $0.value < 0x20 } ? "?" : line.path
        return
            "\(Date().formatted(.iso8601)) \(line.address) \(line.method) \(path) \(line.status) \(line.bytes)B \(milliseconds)ms \(line.id)"
    }
}
