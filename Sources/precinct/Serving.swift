// SPDX-License-Identifier: AGPL-3.0-or-later
import Account
import Crypto
import Dispatch
import Foundation
import Frame
import HTTP
import Identity
import Journal
import Media
import Storage
import Synchronization
import Workers

/// The one place that composes everything: floors below, slices, server.
struct Serving {
    let services: CityServices
    let configuration: ServerConfiguration
    /// Bytes of anonymous pages that are kept; 0 keeps none.
    let cacheLimit: Int
    let secureCookies: Bool
    let log: LogWriter
    let accessLog: LogWriter?
    let signInHints: [SignInHint]

    static let options =
        Home.options + [
            Option("port", "N", "the port to listen on (8080; 0 takes any free one)"),
            Option("bind", "ADDRESS", "the address to listen on (127.0.0.1)"),
            Option("trusted-proxy", "ADDRESS", "a proxy whose X-Forwarded-For is believed; commas between several"),
            Option("secure", nil, "the public reaches the site over TLS: cookies demand it"),
            Option("access-log", "FILE", "a line for each request; - for standard output"),
            Option("page-cache", "MIB", "memory for finished public pages (64); 0 switches the cache off")
        ]

    init(
        _ services: CityServices, _ arguments: Arguments, home: Home, signInHints: [SignInHint] = []
    ) throws {
        self.services = services
        self.signInHints = signInHints
        var configuration = ServerConfiguration()
        configuration.bind = arguments["bind"] ?? "127.0.0.1"
        configuration.port = try arguments.number("port", default: 8080)
        configuration.trustedProxies = Set((arguments["trusted-proxy"] ?? "").split(separator: ",").map(String.init))
        configuration.uploadFolder = home.uploadFolder
        self.configuration = configuration
        cacheLimit = try arguments.number("page-cache", default: 64) << 20
        secureCookies = arguments.has("secure")
        log = LogWriter(descriptor: 2)
        accessLog = try arguments["access-log"].map { try LogWriter(file: $0) }
    }

    /// Serves until the process is told to stop.
    func run() async throws {
        let services = self.services
        let languages = try Languages.load()
        let cache = PageCache(limit: cacheLimit)
        cache.follow(services.database)
        let sessions = Sessions(database: services.database)
        let feed = LiveFeed(
            database: services.database, ledger: services.ledger, render: LiveRendering.render(languages))
        let picturePool = WorkerPool(name: "picture", threads: 1, queue: 20)
        let metrics = MetricsSource()
        let slice = AccountSlice(
            database: services.database, ledger: services.ledger, directory: services.directory,
            appointments: services.appointments, accounts: services.accounts,
            signIn: SignIn(accounts: services.accounts, guardrail: AttemptGuard(database: services.database)),
            sessions: sessions, city: services.city, feed: feed, workshop: PictureWorkshop(pool: picturePool),
            pictures: PictureStore(database: services.database), signInHints: signInHints)
        let frame = FrameRoutes(
            city: services.city, accounts: services.accounts, database: services.database,
            metrics: { metrics.text })
        let site = Site(
            routes: frame.routes + slice.routes, database: services.database, sessions: sessions,
            directory: services.directory, city: services.city, languages: languages, assets: try Assets.load(),
            cache: cache, explain: ProblemTable(), secureCookies: secureCookies,
            log: { [log] in log.write($0) })
        let server = Server(configuration, responder: site) { [accessLog] line in
            accessLog?.write(LogLines.access(line))
        }
        metrics.server = server
        server.metrics.gauge("precinct_cached_pages", "Finished pages kept.") { Double(cache.size.pages) }
        server.metrics.gauge("precinct_live_readers", "Readers of the live page.") { Double(feed.readerCount) }

        let signals = StopSignals()
        let port = try server.start()
        let host = configuration.bind.contains(":") ? "[\(configuration.bind)]" : configuration.bind
        say("Precinct is ready at http://\(host):\(port)/")
        let followers = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await Self.keep("live feed", log) { try await feed.run() } }
                group.addTask {
                    await Self.keep("page cache", log) {
                        try await cache.keepUp(with: services.ledger, in: services.database) { entry in
                            guard entry.kind == .cityChanged else { return }
                            // A city that can't be read now is read at its next change; the pages keep the old name.
                            try? await services.city.reload()
                        }
                    }
                }
            }
        }
        await signals.wait()
        say("Stopping: finishing the requests in flight.")
        await server.stop(within: .seconds(20))
        followers.cancel()
        picturePool.shutdown()
        await services.close()
        log.close()
        accessLog?.close()
    }

    /// Runs a follower again when the database was out of reach for a while.
    private static func keep(_ name: String, _ log: LogWriter, _ work: @Sendable () async throws -> Void) async {
        while !Task.isCancelled {
            do {
                try await work()
                return
            } catch {
                log.write("\(name): \(error)")
                // Cancellation ends the pause and, above, the loop.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}

/// Hands the server's figures to the route that was made before the server.
private final class MetricsSource: Sendable {
    private let held = Mutex<Server?>(nil)

    var server: Server? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    var text: String { server?.metrics.prometheus() ?? "" }
}
