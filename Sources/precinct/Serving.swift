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
    let options: ServingOptions
    var signInHints: [SignInHint] = []

    /// Serves until the process is told to stop.
    func run() async throws {
        let services = self.services
        let configuration = options.configuration
        let log = LogWriter(descriptor: 2)
        let accessLog = try options.accessLog.map { try LogWriter(file: $0) }
        let languages = try Languages.load()
        let cache = PageCache(limit: options.cacheLimit)
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
            metrics: { metrics.text },
            source: Bundle.main.bundlePath + "/precinct-source.tar.gz")
        let site = Site(
            routes: frame.routes + slice.routes, database: services.database, sessions: sessions,
            directory: services.directory, city: services.city, languages: languages, assets: try Assets.load(),
            cache: cache, explain: ProblemTable(), secureCookies: options.secureCookies,
            log: { log.write($0) })
        let server = Server(configuration, responder: site) { line in
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
