// SPDX-License-Identifier: AGPL-3.0-or-later
import CMicroHTTPD
import Foundation

/// A request's head and body, up to the point where it can be answered.
extension Service {
    /// A body that nobody wants is read up to here before the answer: closing at once would make the client's system
    /// throw the answer away (RFC 9112, section 9.6).
    static let lingering = 1 << 20

    /// The head has come.
    func start(_ exchange: Exchange, _ word: String) -> MHD_Result {
        exchange.client?.expect(by: nil)
        exchange.state.withLock { $0.read() }
        guard let method = Method(rawValue: word) else { return refuse(.methodNotAllowed([.get]), exchange) }
        guard let target = exchange.target.map(Self.originForm) else { return refuse(.malformedEncoding, exchange) }
        let path: String
        do throws(HTTPProblem) { path = try PercentEncoding.path(of: target) } catch { return refuse(error, exchange) }
        let head = RequestHead(
            method: method, path: path, target: target, peer: exchange.client?.address ?? "",
            trusted: configuration.trustedProxies, connection: exchange.connection.pointer)
        exchange.head = head
        let framing = Framing.of(head)
        if case .ambiguous = framing { return refuse(.badRequest("a body without a clear end"), exchange) }
        if let seconds = rate.wait(head.address) {
            metrics.limitedRequests.add()
            return refuseLater(.tooManyRequests(retryAfter: seconds), framing, exchange)
        }
        if method.lookup == .get, let prepared = responder.prepared(for: head) {
            exchange.prepared = prepared
            return framing == .none ? .YES : drain(framing, exchange)
        }
        switch responder.admit(head) {
        case .refuse(let problem): return refuseLater(problem, framing, exchange)
        case .accept(let policy): return expectBody(policy, framing, exchange)
        }
    }

    /// A piece of the body.
    ///
    /// - Returns: false when there is far too much of it.
    func take(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool {
        exchange.received += bytes.count
        let earned = Duration.seconds(Double(exchange.received) / Double(configuration.bodyRate))
        exchange.client?.expect(by: exchange.started + configuration.bodyDeadline + earned)
        guard exchange.problem == nil, let spool = exchange.spool else {
            return exchange.received - exchange.policy.limit <= Self.lingering
        }
        guard exchange.received <= exchange.policy.limit else {
            exchange.problem = .payloadTooLarge(limit: exchange.policy.limit)
            exchange.spool = nil
            return true
        }
        do throws(HTTPProblem) { try spool.append(bytes) } catch {
            exchange.problem = error
            exchange.spool = nil
        }
        return true
    }

    private func expectBody(_ policy: BodyPolicy, _ framing: Framing, _ exchange: Exchange) -> MHD_Result {
        exchange.policy = policy
        guard framing != .none else { return .YES }
        if case .announced(let length) = framing, length > policy.limit {
            return refuseLater(.payloadTooLarge(limit: policy.limit), framing, exchange)
        }
        if let type = exchange.head?.header("Content-Type"), !policy.accepts(type) {
            return refuseLater(.unsupportedMediaType, framing, exchange)
        }
        exchange.spool = Spool(folder: configuration.uploadFolder)
        return drain(framing, exchange)
    }

    /// Refuses a request as soon as the client can hear it. Nothing of its body is kept.
    ///
    /// At once when the client waits for a word before it sends its body, or when the body is long; that ends the
    /// connection. Otherwise at the request's end, which leaves the connection open for the next one.
    private func refuseLater(_ problem: HTTPProblem, _ framing: Framing, _ exchange: Exchange) -> MHD_Result {
        if case .announced(let length) = framing, length - exchange.policy.limit > Self.lingering {
            return refuse(problem, exchange)
        }
        if framing != .none, exchange.head?.raw("Expect") != nil { return refuse(problem, exchange) }
        exchange.problem = problem
        return framing == .none ? .YES : drain(framing, exchange)
    }

    private func drain(_ framing: Framing, _ exchange: Exchange) -> MHD_Result {
        exchange.client?.expect(by: exchange.started + configuration.bodyDeadline)
        return .YES
    }

    /// A target as it is meant for this server, also when it is written with scheme and host (RFC 9112, section
    /// 3.2.2).
    private static func originForm(_ target: String) -> String {
        guard !target.utf8.starts(with: "/".utf8), let colon = target.firstRange(of: "://") else { return target }
        guard ["http", "https"].contains(target[..<colon.lowerBound].lowercased()) else { return target }
        let rest = target[colon.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }
}
