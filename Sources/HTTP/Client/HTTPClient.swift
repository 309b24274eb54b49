// SPDX-License-Identifier: AGPL-3.0-or-later
import CCurl
import Foundation
import Workers

/// What a client waits for and takes at most.
public struct ClientLimits: Sendable {
    /// For the whole exchange, redirects included.
    public var time = Duration.seconds(20)
    /// Bytes of the answer's body.
    public var size = 1 << 20
    public var redirects = 3
    /// A switch for tests: lets the client reach this machine and its network.
    public var allowsPrivateAddresses = false

    public init() {}
}

/// Why nothing came back.
public enum ClientProblem: Error, Sendable, Equatable {
    /// Not an http or https address.
    case badAddress(String)
    case unknownHost(String)
    /// The host's address lies in a range that the outside must not make us reach.
    case refusedAddress(String)
    case tooLarge
    case tooManyRedirects
    case timeout
    case unreachable(String)
}

/// An answer from outside.
public struct ClientResponse: Sendable {
    public let status: Int
    public let headers: Headers
    public let body: [UInt8]
}

/// Asks other servers, through libcurl, on threads of its own.
///
/// The host's name is resolved once, by us; every address of it is checked, and the connection goes to the address that
/// was checked, so that a name can't change its meaning in between. Redirects are followed by us, each checked anew.
public struct HTTPClient: Sendable {
    private let pool: WorkerPool
    private let limits: ClientLimits
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    public init(pool: WorkerPool, limits: ClientLimits = ClientLimits()) {
        precondition(Self.isReady, "libcurl does not start")
        self.pool = pool
        self.limits = limits
    }

    /// Sends a request and returns what came back, whatever its status.
    ///
    /// - Throws: `ClientProblem`, or `WorkersBusy`.
    public func send(
        _ method: Method = .get, _ address: String, headers: Headers = Headers(), body: [UInt8] = []
    ) async throws -> ClientResponse {
        try await pool.run { [limits] in
            let deadline = ContinuousClock.now + limits.time
            var place = address
            for _ in 0...limits.redirects {
                let target = try ClientTarget(place, allowsPrivate: limits.allowsPrivateAddresses)
                let remaining = ContinuousClock.now.duration(to: deadline)
                guard remaining > .zero else { throw ClientProblem.timeout }
                let transfer = Transfer(limit: limits.size)
                let response = try transfer.run(method, target, headers, body, within: remaining)
                // Only reading follows a redirect: a form must not be sent on to somebody else.
                guard [301, 302, 303, 307, 308].contains(response.status), method.lookup == .get,
                    let next = response.headers["Location"]
                else { return response }
                place = try target.resolve(next)
            }
            throw ClientProblem.tooManyRedirects
        }
    }
}
