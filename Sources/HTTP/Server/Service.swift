// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Foundation
import Synchronization

/// What happens at each of libmicrohttpd's callbacks.
final class Service: Sendable {
    let configuration: ServerConfiguration
    let responder: any Responder
    let metrics = Metrics()
    let clients = Clients()
    private let rate: RateLimit
    private let log: @Sendable (AccessLine) -> Void
    private let inFlight = Atomic(0)
    private let stopping = Atomic(false)
    private let serial = Atomic<UInt64>(0)
    /// Tells this run's requests from the last one's in the log.
    private let run = String(UInt32.random(in: .min ... .max), radix: 36)
    private let streams = Mutex<[ObjectIdentifier: EventStream]>([:])

    init(_ configuration: ServerConfiguration, responder: any Responder, log: @escaping @Sendable (AccessLine) -> Void)
    {
        self.configuration = configuration
        self.responder = responder
        self.log = log
        rate = RateLimit(perSecond: configuration.requestsPerSecond)
    }

    var requestsInFlight: Int { inFlight.load(ordering: .acquiring) }
    func beginStop() { stopping.store(true, ordering: .releasing) }
    private var isStopping: Bool { stopping.load(ordering: .acquiring) }

    // MARK: Connections

    func accepts(_ address: UnsafePointer<sockaddr>?) -> Bool {
        let limit = configuration.connectionsPerAddress
        let text = Address.text(address)
        guard limit > 0, !RateLimit.isOwnMachine(text), !configuration.trustedProxies.contains(text) else {
            return true
        }
        guard clients.count(from: text) < limit else {
            metrics.refusedConnection()
            return false
        }
        return true
    }

    func opened(_ connection: OpaquePointer) -> Client {
        let client = Client(
            socket: precinct_mhd_socket(connection), address: Address.text(precinct_mhd_address(connection)),
            deadline: .now + configuration.headerDeadline)
        clients.enter(client)
        return client
    }

    // MARK: Requests

    /// The request line has come.
    func begin(_ target: UnsafePointer<CChar>?, _ connection: OpaquePointer) -> Exchange {
        let client = precinct_mhd_socket_context(connection)
            .map { Unmanaged<Client>.fromOpaque($0).takeUnretainedValue() }
        client?.expect(by: .now + configuration.headerDeadline)
        inFlight.add(1, ordering: .acquiringAndReleasing)
        return Exchange(target: target.map { String(cString: $0) } ?? "/", connection: connection, client: client)
    }

    /// libmicrohttpd's access callback: once with the head, once for each piece of the body, once with its end, and
    /// once more after a suspended connection was resumed.
    func handle(
        _ exchange: Exchange, method: UnsafePointer<CChar>, bytes: UnsafePointer<CChar>?,
        count: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        if case .fresh = exchange.state.withLock({ $0.phase }) { return start(exchange, String(cString: method)) }
        if count.pointee > 0 {
            take(UnsafeRawBufferPointer(start: bytes, count: count.pointee), exchange)
            count.pointee = 0
            // A body far beyond its limit is not worth reading to its end.
            return (exchange.spool?.count ?? 0) > exchange.policy.limit + (4 << 20) ? .NO : .YES
        }
        if let answer = exchange.state.withLock({ $0.takeAnswer() }) {
            return Answering.queue(answer, for: exchange, closing: isStopping)
        }
        return answer(exchange)
    }

    func completed(_ exchange: Exchange) {
        exchange.state.withLock { $0.complete() }
        if let stream = exchange.stream {
            streams.withLock { $0[ObjectIdentifier(stream)] = nil }
            stream.detach()
        }
        inFlight.subtract(1, ordering: .acquiringAndReleasing)
        exchange.client?.expect(by: .now + configuration.idleTimeout + configuration.headerDeadline)
        let duration = ContinuousClock.now - exchange.started
        metrics.answered(exchange.status, in: duration)
        log(
            AccessLine(
                address: exchange.head?.address ?? exchange.client?.address ?? "",
                method: exchange.head?.method.rawValue ?? "?",
                path: exchange.head?.path ?? "", status: exchange.status, duration: duration, id: run))
    }

    private func start(_ exchange: Exchange, _ word: String) -> MHD_Result {
        exchange.client?.expect(by: nil)
        exchange.state.withLock { $0.read() }
        guard let method = Method(rawValue: word) else { return refuse(.methodNotAllowed([.get]), exchange) }
        let path: String
        do throws(HTTPProblem) {
            path = try PercentEncoding.decode(
                exchange.target.utf8.prefix { $0 != UInt8(ascii: "?") }, plusIsSpace: false)
        } catch {
            return refuse(error, exchange)
        }
        let peer = exchange.client?.address ?? ""
        var head = RequestHead(
            method: method, path: path, target: exchange.target, address: peer,
            connection: exchange.connection.pointer)
        if configuration.trustedProxies.contains(peer) {
            let client = Address.forwarded(
                head.header("X-Forwarded-For"), peer: peer, trusted: configuration.trustedProxies)
            head = RequestHead(
                method: method, path: path, target: exchange.target, address: client,
                connection: exchange.connection.pointer)
        }
        exchange.head = head
        guard rate.admit(head.address) else { return refuseAtEnd(.tooManyRequests(retryAfter: 10), exchange) }
        if method.lookup == .get, !isStopping, let prepared = responder.prepared(for: head) {
            exchange.prepared = prepared
            return .YES
        }
        switch responder.admit(head) {
        case .refuse(let problem): return hasBody(head) ? refuse(problem, exchange) : refuseAtEnd(problem, exchange)
        case .accept(let policy): return expectBody(policy, head, exchange)
        }
    }

    /// A request without a body is refused at its end, so that the connection stays open for the next one.
    private func refuseAtEnd(_ problem: HTTPProblem, _ exchange: Exchange) -> MHD_Result {
        exchange.problem = problem
        return .YES
    }

    private func hasBody(_ head: RequestHead) -> Bool {
        head.raw("Transfer-Encoding") != nil || head.header("Content-Length").map { $0 != "0" } ?? false
    }

    private func expectBody(_ policy: BodyPolicy, _ head: RequestHead, _ exchange: Exchange) -> MHD_Result {
        exchange.policy = policy
        guard hasBody(head) else { return .YES }
        let announced = head.header("Content-Length").flatMap { Int($0) } ?? 0
        guard announced <= policy.limit else { return refuse(.payloadTooLarge(limit: policy.limit), exchange) }
        if let type = head.header("Content-Type"), !policy.accepts(type) {
            return refuse(.unsupportedMediaType, exchange)
        }
        exchange.spool = Spool(folder: configuration.uploadFolder)
        exchange.client?.expect(by: .now + configuration.bodyDeadline)
        return .YES
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) {
        guard exchange.problem == nil, let spool = exchange.spool else { return }
        guard spool.count + bytes.count <= exchange.policy.limit else {
            exchange.problem = .payloadTooLarge(limit: exchange.policy.limit)
            return
        }
        do throws(HTTPProblem) { try spool.append(bytes) } catch { exchange.problem = error }
        let earned = Duration.seconds(Double(spool.count) / Double(configuration.bodyRate))
        exchange.client?.expect(by: exchange.started.advanced(by: configuration.bodyDeadline + earned))
    }

    private func answer(_ exchange: Exchange) -> MHD_Result {
        exchange.client?.expect(by: nil)
        if let prepared = exchange.prepared {
            exchange.state.withLock { $0.queueNow() }
            exchange.status = prepared.queue(on: exchange.connection.pointer)
            return .YES
        }
        if let problem = exchange.problem { return refuse(problem, exchange) }
        let request: Request
        do throws(HTTPProblem) {
            let number = serial.add(1, ordering: .relaxed).newValue
            request = try exchange.request(id: "\(run)-\(number)")
        } catch {
            return refuse(error, exchange)
        }
        exchange.state.withLock { $0.run() }
        let responder = self.responder
        Task.immediate { exchange.finish(await responder.respond(to: request)) }
        let next = exchange.state.withLock { state in
            let next = state.returned()
            // Suspended under the lock that the task's end takes, or the resume could come first.
            if case .suspend = next { MHD_suspend_connection(exchange.connection.pointer) }
            return next
        }
        guard case .queue(let response) = next else { return .YES }
        return queue(response, exchange)
    }

    private func queue(_ response: Response, _ exchange: Exchange) -> MHD_Result {
        if case .events(let stream) = response.body { streams.withLock { $0[ObjectIdentifier(stream)] = stream } }
        return Answering.queue(response, for: exchange, closing: isStopping)
    }

    private func refuse(_ problem: HTTPProblem, _ exchange: Exchange) -> MHD_Result {
        exchange.state.withLock { $0.queueNow() }
        var response = responder.refusal(problem, for: exchange.head)
        switch problem {
        case .methodNotAllowed(let methods):
            response.headers["Allow"] = methods.map(\.rawValue).joined(separator: ", ")
        case .tooManyRequests(let seconds), .unavailable(let seconds):
            response.headers["Retry-After"] = String(seconds)
        default: break
        }
        return Answering.queue(response, for: exchange, closing: isStopping)
    }

    // MARK: Streams

    var streamCount: Int { streams.withLock { $0.count } }

    func heartbeat() {
        for stream in streams.withLock({ Array($0.values) }) { stream.send(.heartbeat) }
    }

    func closeStreams() {
        for stream in streams.withLock({ Array($0.values) }) { stream.close() }
    }
}
