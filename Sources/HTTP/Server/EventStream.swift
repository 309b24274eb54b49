// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Foundation
import Synchronization

/// One server-sent event, formatted once; any number of readers share its bytes.
public final class EventFrame: Sendable {
    let bytes: [UInt8]

    /// - Parameter data: may have several lines.
    public init(id: String?, event: String?, data: String) {
        var text = ""
        if let id { text += "id: \(id)\n" }
        if let event { text += "event: \(event)\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            text += "data: \(line)\n"
        }
        bytes = Array((text + "\n").utf8)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// A comment, which readers ignore; sending it tells whether they are still there.
    static let heartbeat = EventFrame(bytes: Array(":\n\n".utf8))
}

/// The events for one reader. What can't be sent yet waits in a bounded queue; a reader that can't keep up is
/// dropped and comes back with `Last-Event-ID`.
public final class EventStream: Sendable {
    fileprivate struct State {
        var queue: [EventFrame] = []
        var offset = 0
        var waiting = 0
        var isClosed = false
        /// Set while libmicrohttpd has put the connection aside because there was nothing to send.
        var parked: ParkedConnection?
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let onClose: (@Sendable () -> Void)?

    /// - Parameters:
    ///   - capacity: the bytes that may wait.
    ///   - onClose: called once, when either side has ended the stream.
    public init(capacity: Int = 64 * 1024, onClose: (@Sendable () -> Void)?) {
        self.capacity = capacity
        self.onClose = onClose
    }

    /// Sends an event.
    ///
    /// - Returns: false when the stream has ended, or is ended now because the reader can't keep up.
    @discardableResult
    public func send(_ frame: EventFrame) -> Bool {
        let (isOpen, isDropped) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            let isFull = state.waiting + frame.bytes.count > capacity
            if isFull {
                state.isClosed = true
                state.queue = []
            } else {
                state.queue.append(frame)
                state.waiting += frame.bytes.count
            }
            state.wake()
            return (!isFull, isFull)
        }
        if isDropped { onClose?() }
        return isOpen
    }

    /// Ends the stream after what is queued.
    public func close() {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            state.wake()
            return !state.isClosed
        }
        if wasOpen { onClose?() }
    }

    public var isOpen: Bool { state.withLock { !$0.isClosed } }

    /// Called by libmicrohttpd when the connection can take more.
    func read(into buffer: UnsafeMutableRawBufferPointer, connection: ParkedConnection) -> Int {
        state.withLock { state in
            var done = 0
            while done < buffer.count, let frame = state.queue.first {
                let count = min(buffer.count - done, frame.bytes.count - state.offset)
                frame.bytes.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[state.offset..<state.offset + count]))
                }
                done += count
                state.offset += count
                state.waiting -= count
                if state.offset == frame.bytes.count {
                    state.queue.removeFirst()
                    state.offset = 0
                }
            }
            if done > 0 { return done }
            if state.isClosed { return -1 }  // MHD_CONTENT_READER_END_OF_STREAM
            // Nothing to send: the connection is put aside under the lock that a sender takes.
            state.queue = []
            MHD_suspend_connection(connection.pointer)
            state.parked = connection
            return 0
        }
    }

    /// The connection is gone: it must not be touched any more.
    func detach() {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            state.parked = nil
            return !state.isClosed
        }
        if wasOpen { onClose?() }
    }
}

extension EventStream.State {
    fileprivate mutating func wake() {
        guard let connection = parked else { return }
        parked = nil
        MHD_resume_connection(connection.pointer)
    }
}

/// A connection of libmicrohttpd's.
///
/// `@unchecked Sendable`: MHD_resume_connection and MHD_queue_response may be called from any thread; whoever holds
/// this sees to it, under a lock, that the connection has not completed.
struct ParkedConnection: @unchecked Sendable {
    let pointer: OpaquePointer
}
