// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Synchronization

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
        var client: Client?
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
        let (isOpen, isDropped, client) = state.withLock { state -> (Bool, Bool, Client?) in
            guard !state.isClosed else { return (false, false, nil) }
            guard state.waiting + frame.bytes.count <= capacity else {
                state.isClosed = true
                state.queue = []
                state.offset = 0
                state.wake()
                return (false, true, state.client)
            }
            state.queue.append(frame)
            state.waiting += frame.bytes.count
            state.wake()
            return (true, false, nil)
        }
        if isDropped {
            // The connection is in the middle of a write that the reader doesn't take: it would never end by itself.
            client?.cut()
            onClose?()
        }
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

    /// Sends a sign of life, unless something is on its way anyway.
    func heartbeat() {
        guard state.withLock({ $0.queue.isEmpty }) else { return }
        send(.heartbeat)
    }

    /// Says whose stream this is, before it is read from.
    func attach(_ client: Client?) { state.withLock { $0.client = client } }

    /// Called by libmicrohttpd when the connection can take more.
    func read(into buffer: UnsafeMutableRawBufferPointer, connection: ParkedConnection) -> Int {
        state.withLock { state in
            let count = state.take(into: buffer)
            if count > 0 { return count }
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
            state.client = nil
            state.queue = []
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

    /// Moves as many of the waiting bytes as fit.
    fileprivate mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count, let frame = queue.first {
            let count = min(buffer.count - done, frame.bytes.count - offset)
            frame.bytes.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            }
            done += count
            offset += count
            waiting -= count
            if offset == frame.bytes.count {
                queue.removeFirst()
                offset = 0
            }
        }
        return done
    }
}

/// A connection of libmicrohttpd's.
///
/// `@unchecked Sendable`: MHD_resume_connection and MHD_queue_response may be called from any thread; whoever holds
/// this sees to it, under a lock, that the connection has not completed.
struct ParkedConnection: @unchecked Sendable {
    let pointer: OpaquePointer
}
