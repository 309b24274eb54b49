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
    let streams: OpenStreams
    let rate: RateLimit
    private let log: @Sendable (AccessLine) -> Void
    private let inFlight = Atomic(0)
    private let stopping = Atomic(false)
    private let abandoning = Atomic(false)
    private let serial = Atomic<UInt64>(0)
    /// Tells this run's requests from the last one's in the log.
    private let run = String(UInt32.random(in: .min ... .max), radix: 36)
    /// Exchanges whose connection is suspended until their task ends.
    private let parked = Mutex<[ObjectIdentifier: Exchange]>([:])

    init(_ configuration: ServerConfiguration, responder: any Responder, log: @escaping @Sendable (AccessLine) -> Void)
    {
        self.configuration = configuration
        self.responder = responder
        self.log = log
        streams = OpenStreams(configuration)
        rate = RateLimit(
            perSecond: configuration.requestsPerSecond, limitsOwnMachine: configuration.limitsOwnMachine)
    }

    // MARK: Connections

    func accepts(_ address: UnsafePointer<sockaddr>?) -> Bool {
        let limit = configuration.connectionsPerAddress
        guard limit > 0 else { return true }
        let text = Address.text(address)
        let isLimited = configuration.limitsOwnMachine || !Address.isOwnMachine(text)
        guard isLimited, !configuration.trustedProxies.contains(text) else { return true }
        guard clients.count(from: text) < limit else {
            metrics.refusedConnections.add()
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
        return Exchange(
            target: target.flatMap { String(validatingCString: $0) }, connection: connection, client: client,
            number: serial.add(1, ordering: .relaxed).newValue)
    }

    /// libmicrohttpd's access callback: once with the head, once for each piece of the body, once with its end, and
    /// once more after a suspended connection was resumed.
    func handle(
        _ exchange: Exchange, method: UnsafePointer<CChar>, bytes: UnsafePointer<CChar>?,
        count: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        if case .fresh = exchange.state.withLock({ $0.phase }) { return start(exchange, String(cString: method)) }
        if count.pointee > 0 {
            let goesOn = take(UnsafeRawBufferPointer(start: bytes, count: count.pointee), exchange)
            count.pointee = 0
            return goesOn ? .YES : .NO
        }
        if let answer = exchange.state.withLock({ $0.takeAnswer() }) {
            _ = parked.withLock { $0.removeValue(forKey: ObjectIdentifier(exchange)) }
            return queue(answer, exchange)
        }
        return answer(exchange)
    }

    func completed(_ exchange: Exchange) {
        exchange.state.withLock { $0.complete() }
        let address = exchange.head?.address ?? exchange.client?.address ?? ""
        if let stream = exchange.stream {
            streams.leave(stream, from: address)
            stream.detach()
        }
        inFlight.subtract(1, ordering: .acquiringAndReleasing)
        let now = ContinuousClock.now
        exchange.client?.expect(by: now + configuration.idleTimeout + configuration.headerDeadline)
        metrics.answered(exchange.status, in: now - exchange.started)
        log(
            AccessLine(
                address: address, method: exchange.head?.method.rawValue ?? "?", path: exchange.head?.path ?? "",
                status: exchange.status, bytes: exchange.sent, duration: now - exchange.started, run: run,
                number: exchange.number))
    }

    /// The request is whole.
    private func answer(_ exchange: Exchange) -> MHD_Result {
        exchange.client?.expect(by: nil)
        if let prepared = exchange.prepared {
            exchange.state.withLock { $0.queueNow() }
            return queue(.prepared(prepared), exchange)
        }
        if let problem = exchange.problem { return refuse(problem, exchange) }
        guard !abandoning.load(ordering: .acquiring) else { return refuse(.unavailable(retryAfter: 5), exchange) }
        let request: Request
        do throws(HTTPProblem) {
            request = try exchange.request(id: "\(run)-\(exchange.number)")
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
        guard case .queue(let response) = next else {
            // Whatever happens to the task meanwhile, libmicrohttpd calls again on this thread only.
            parked.withLock { $0[ObjectIdentifier(exchange)] = exchange }
            return .YES
        }
        return queue(response, exchange)
    }

    private func queue(_ response: Response, _ exchange: Exchange) -> MHD_Result {
        if case .events(let stream) = response.body {
            let address = exchange.head?.address ?? ""
            if let problem = streams.enter(stream, from: address) {
                stream.close()
                return refuse(problem, exchange)
            }
            exchange.stream = stream
            stream.attach(exchange.client)
            exchange.client?.prepareForStream()
        }
        let result = Answering.queue(response, for: exchange, closing: isStopping)
        if exchange.stream == nil {
            let earned = Duration.seconds(Double(exchange.sent) / Double(configuration.bodyRate))
            exchange.client?.expect(by: .now + configuration.answerDeadline + earned)
        }
        return result
    }

    /// Answers with a problem, in the words of the floor above.
    func refuse(_ problem: HTTPProblem, _ exchange: Exchange) -> MHD_Result {
        exchange.state.withLock { $0.queueNow() }
        return queue(explained(problem, exchange.head), exchange)
    }

    private func explained(_ problem: HTTPProblem, _ head: RequestHead?) -> Response {
        var response = responder.refusal(problem, for: head)
        switch problem {
        case .methodNotAllowed(let methods):
            response.headers["Allow"] = methods.map(\.rawValue).joined(separator: ", ")
        case .tooManyRequests(let seconds), .unavailable(let seconds):
            response.headers["Retry-After"] = String(seconds)
        default: break
        }
        return response
    }

    // MARK: The end

    var requestsInFlight: Int { inFlight.load(ordering: .acquiring) }
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// From here on every answer closes its connection.
    func beginStop() {
        stopping.store(true, ordering: .releasing)
        streams.close()
    }

    /// Answers 503 for every task that has not come to an end.
    func abandon() {
        abandoning.store(true, ordering: .releasing)
        for exchange in parked.withLock({ Array($0.values) }) {
            exchange.finish(explained(.unavailable(retryAfter: 5), nil))
        }
        streams.close()
    }
}
