// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP

/// How to serve, read from the command line before anything is opened.
struct ServingOptions {
    let configuration: ServerConfiguration
    /// Bytes of anonymous pages that are kept; 0 keeps none.
    let cacheLimit: Int
    let secureCookies: Bool
    let accessLog: String?

    static let options =
        Home.options + [
            Option("port", "N", "the port to listen on (8080; 0 takes any free one)"),
            Option("bind", "ADDRESS", "the address to listen on (127.0.0.1)"),
            Option("trusted-proxy", "ADDRESS", "a proxy whose X-Forwarded-For is believed; commas between several"),
            Option("secure", nil, "the public reaches the site over TLS: cookies demand it"),
            Option("access-log", "FILE", "a line for each request; - for standard output"),
            Option("page-cache", "MIB", "memory for finished public pages (64); 0 switches the cache off")
        ]

    init(_ arguments: Arguments, home: Home) throws {
        var configuration = ServerConfiguration()
        configuration.bind = arguments["bind"] ?? "127.0.0.1"
        guard configuration.isAddress else { throw ServerProblem.badAddress(configuration.bind) }
        configuration.port = try arguments.number("port", default: 8080)
        configuration.trustedProxies = Set((arguments["trusted-proxy"] ?? "").split(separator: ",").map(String.init))
        configuration.uploadFolder = home.uploadFolder
        self.configuration = configuration
        let megabytes: Int = try arguments.number("page-cache", default: 64)
        guard (0...65_536).contains(megabytes) else { throw UsageProblem(line: "--page-cache takes 0 to 65536") }
        cacheLimit = megabytes << 20
        secureCookies = arguments.has("secure")
        accessLog = arguments["access-log"]
    }
}
