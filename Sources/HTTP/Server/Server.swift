// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Dispatch
import Foundation
import Synchronization

/// The HTTP/1.1 server: libmicrohttpd with one epoll thread a core, our own deadlines and limits around it.
///
/// `@unchecked Sendable`: the daemon's pointer is set by `start` and cleared by `stop`, both under the lock.
public final class Server: @unchecked Sendable {
    private let service: Service
    private let daemon = Mutex<ParkedDaemon?>(nil)
    private let sweeping = DispatchSemaphore(value: 0)
    private let swept = DispatchSemaphore(value: 0)

    public init(
        _ configuration: ServerConfiguration, responder: any Responder,
        log: @escaping @Sendable (AccessLine) -> Void = { _ in }
    ) {
        service = Service(configuration, responder: responder, log: log)
        let service = self.service
        service.metrics.gauge("precinct_connections", "Open connections.") { Double(service.clients.count) }
        service.metrics.gauge("precinct_streams", "Open event streams.") { Double(service.streams.count) }
    }

    public var metrics: Metrics { service.metrics }

    /// Listens, and returns the port.
    public func start() throws(ServerProblem) -> UInt16 {
        signal(SIGPIPE, SIG_IGN)
        let configuration = service.configuration
        Self.allowDescriptors(configuration.connectionLimit + 1000)
        // Released when libmicrohttpd has ended, which it doesn't while a connection hangs.
        let context = Unmanaged.passRetained(service).toOpaque()
        let flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
            | (configuration.bind.contains(":") ? MHD_USE_IPv6.rawValue : 0)
        let started = Address.withSocketAddress(configuration.bind, port: configuration.port) { address in
            precinct_mhd_start(
                flags, address, UInt32(configuration.threads), UInt32(configuration.connectionLimit),
                configuration.headerLimit, UInt32(configuration.idleTimeout.components.seconds), acceptCallback,
                accessCallback, completedCallback, connectionCallback, beginCallback, unescapeCallback, context)
        }
        guard let started = started ?? nil else {
            Unmanaged<Service>.fromOpaque(context).release()
            if started == nil { throw .badAddress(configuration.bind) }
            throw .addressInUse("\(configuration.bind):\(configuration.port)")
        }
        daemon.withLock { $0 = ParkedDaemon(pointer: started) }
        let sweeper = Thread { [self] in sweep() }
        sweeper.name = "http-sweeper"
        sweeper.start()
        return precinct_mhd_port(started)
    }

    /// Stops listening, finishes the requests in flight, ends the streams, and closes what is left at the deadline.
    public func stop(within limit: Duration) async {
        guard let running = daemon.withLock({ $0.take() }) else { return }
        service.beginStop()
        let awaited = closeListener(of: running)
        await wait(until: .now + limit, for: awaited)
        if service.requestsInFlight > 0 {
            // What still runs can be answered only once; its own answer is dropped when it comes.
            let end = ContinuousClock.now + .seconds(1)
            while service.requestsInFlight > 0, ContinuousClock.now < end {
                service.abandon()
                await pause()
            }
        }
        sweeping.signal()
        swept.wait()
        // libmicrohttpd aborts when a connection is suspended at its stop: better to leave it to the process's end.
        guard service.requestsInFlight == 0 else { return }
        MHD_stop_daemon(running.pointer)
        Unmanaged.passUnretained(service).release()
    }

    /// Takes in who has already connected, then refuses the rest.
    ///
    /// - Returns: how many connections there will have been when all of those have reached libmicrohttpd's threads.
    private func closeListener(of daemon: ParkedDaemon) -> Int {
        let listener = MHD_quiesce_daemon(daemon.pointer)
        var awaited = service.clients.entered
        guard listener >= 0 else { return awaited }
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
        while true {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let result = withUnsafeMutablePointer(to: &address) { storage in
                storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> MHD_Result in
                    let socket = accept(listener, pointer, &length)
                    guard socket >= 0 else { return .NO }
                    return MHD_add_connection(daemon.pointer, socket, pointer, length)
                }
            }
            guard result == .YES else { break }
            awaited += 1
        }
        close(listener)
        return awaited
    }

    /// Waits for the requests in flight. Clients that are busy are told to close with their next answer; idle ones
    /// get a moment to say something.
    private func wait(until end: ContinuousClock.Instant, for awaited: Int) async {
        var quietSince = ContinuousClock.now
        var entered = service.clients.entered
        while ContinuousClock.now < end {
            let isBusy = service.requestsInFlight > 0 || service.clients.entered > entered
            entered = service.clients.entered
            if isBusy { quietSince = .now }
            let quiet = ContinuousClock.now - quietSince
            // A connection may be between the system's queue and our callbacks: nobody there is no sign yet.
            let isComplete = entered >= awaited && service.clients.count == 0
            if isComplete ? quiet > .milliseconds(50) : quiet > .milliseconds(500) { return }
            await pause()
        }
    }

    private func pause() async {
        // Cancellation only shortens the pause.
        try? await Task.sleep(for: .milliseconds(10))
    }

    /// Lets the process have as many open files as there may be connections, as far as its hard limit goes.
    private static func allowDescriptors(_ count: Int) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(count) else {
            return
        }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private func sweep() {
        defer { swept.signal() }
        var sinceHeartbeat = Duration.zero
        let pause = Duration.milliseconds(200)
        while sweeping.wait(timeout: .now() + 0.2) == .timedOut {
            service.clients.sweep(counting: service.metrics.cutConnections)
            sinceHeartbeat += pause
            guard sinceHeartbeat >= service.configuration.heartbeat else { continue }
            service.streams.heartbeat()
            sinceHeartbeat = .zero
        }
    }
}

/// `@unchecked Sendable`: libmicrohttpd's daemon takes calls from any thread; `Server` uses it under its lock.
private struct ParkedDaemon: @unchecked Sendable {
    let pointer: OpaquePointer
}

private func service(_ context: UnsafeMutableRawPointer?) -> Service? {
    context.map { Unmanaged<Service>.fromOpaque($0).takeUnretainedValue() }
}

private let acceptCallback: MHD_AcceptPolicyCallback = { context, address, _ in
    service(context)?.accepts(address) == false ? .NO : .YES
}

private let connectionCallback: MHD_NotifyConnectionCallback = { context, connection, slot, event in
    guard let service = service(context), let connection, let slot else { return }
    if event == .CONNECTION_NOTIFY_STARTED {
        slot.pointee = Unmanaged.passRetained(service.opened(connection)).toOpaque()
    } else if let held = slot.pointee {
        let client = Unmanaged<Client>.fromOpaque(held).takeRetainedValue()
        service.clients.leave(client)
        slot.pointee = nil
    }
}

private let beginCallback:
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
        context, target, connection in
        guard let service = service(context), let connection else { return nil }
        return Unmanaged.passRetained(service.begin(target, connection)).toOpaque()
    }

private let accessCallback: MHD_AccessHandlerCallback = { context, _, _, method, _, bytes, count, slot in
    guard let service = service(context), let held = slot?.pointee, let method, let count else { return .NO }
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
    return service.handle(exchange, method: method, bytes: bytes, count: count)
}

private let completedCallback: MHD_RequestCompletedCallback = { context, _, slot, _ in
    guard let held = slot?.pointee else { return }
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue()
    service(context)?.completed(exchange)
    slot?.pointee = nil
}

/// Leaves addresses as they came: percent-encoding is read strictly, by us.
private let unescapeCallback:
    @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int = {
        _, _, text in text.map { strlen($0) } ?? 0
    }
