// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// How the server listens, and its limits.
public struct ServerConfiguration: Sendable {
    public var bind = "127.0.0.1"
    /// 0 takes any free port.
    public var port: UInt16 = 0
    public var threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
    public var connectionLimit = 18_000
    /// Open connections from one address; 0 for no limit. The machine's own addresses have none, since a proxy there
    /// brings everybody.
    public var connectionsPerAddress = 200
    /// Requests a second from one client, with bursts of ten seconds' worth; 0 for no limit.
    public var requestsPerSecond = 50
    /// Whether those two limits hold for the machine's own addresses too.
    public var limitsOwnMachine = false
    /// Open event streams in all; those of one client are limited by `connectionsPerAddress`.
    public var streamLimit = 12_000
    /// Proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies: Set<String> = []
    /// What libmicrohttpd may use for one connection: the head of a request must fit in it.
    public var headerLimit = 16 * 1024
    /// The whole head of a request must have come within this time, however slowly.
    public var headerDeadline = Duration.seconds(10)
    /// A body may take this long, and longer as long as it comes at `bodyRate`.
    public var bodyDeadline = Duration.seconds(20)
    /// Bytes a second.
    public var bodyRate = 2048
    /// A reader may take this long to fetch an answer, and longer for a long one, as `bodyRate` allows.
    public var answerDeadline = Duration.seconds(60)
    /// How long a connection may say nothing between two requests.
    public var idleTimeout = Duration.seconds(30)
    public var heartbeat = Duration.seconds(15)
    /// Where bodies past 64 KiB go.
    public var uploadFolder = NSTemporaryDirectory()

    public init() {}

    /// Whether `bind` is an IPv4 or IPv6 address.
    public var isAddress: Bool { Address.withSocketAddress(bind, port: port) { _ in true } ?? false }
}

/// Why the server does not start.
public enum ServerProblem: Error, Sendable {
    case addressInUse(String)
    case badAddress(String)
}
