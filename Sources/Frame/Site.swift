// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Identity
import Journal
import Markup
import Storage

/// Answers requests: finds the route, tells who is acting, checks the right, and puts the frame around pages.
public final class Site: Responder {
    let router: Router<Route>
    public let routes: [Route]
    let database: Database
    let sessions: Sessions
    let directory: Directory
    let city: City
    let languages: Languages
    let assets: Assets
    let cache: PageCache
    let clock: WallClock
    let explain: ProblemTable
    let isSecure: Bool
    let log: @Sendable (String) -> Void

    /// - Parameters:
    ///   - secureCookies: true when the site is reached over TLS, which then every cookie demands.
    ///   - log: takes the causes of failures, for the operator alone.
    public init(
        routes: [Route], database: Database, sessions: Sessions, directory: Directory, city: City,
        languages: Languages, assets: Assets, cache: PageCache, explain: ProblemTable, secureCookies: Bool,
        clock: WallClock = .system, log: @escaping @Sendable (String) -> Void
    ) {
        var router = Router<Route>()
        for route in routes { router.add(route.method, route.pattern, route) }
        self.router = router
        self.routes = routes
        self.database = database
        self.sessions = sessions
        self.directory = directory
        self.city = city
        self.languages = languages
        self.assets = assets
        self.cache = cache
        self.explain = explain
        self.isSecure = secureCookies
        self.clock = clock
        self.log = log
    }

    public func prepared(for head: RequestHead) -> PreparedResponse? {
        if head.path.hasPrefix("/assets/") { return assets.response(head.path) }
        guard head.cookie(CookieName.session) == nil, head.cookie(CookieName.flash) == nil else { return nil }
        return cache.kept(Self.cacheKey(language(of: head), head.target))
    }

    public func admit(_ head: RequestHead) -> Admission {
        switch router.match(head.method, head.path) {
        case .found(let route, _):
            if route.method != .get, !Self.isOwnSite(head) { return .refuse(.forbidden) }
            return .accept(route.body)
        case .methodNotAllowed(let methods): return .refuse(.methodNotAllowed(methods))
        case .notFound: return .refuse(.notFound)
        }
    }

    public func respond(to request: Request) async -> Response {
        let words = languages[language(of: request)]
        do {
            guard case .found(let route, let parameters) = router.match(request.method, request.path) else {
                throw HTTPProblem.notFound
            }
            var principal = Principal.nobody
            if let token = request.cookies[CookieName.session] { principal = try await sessions.principal(token) }
            let visit = Visit(
                request: request, parameters: parameters, principal: principal, words: words, city: city.profile,
                now: clock.now(), flash: request.cookies[CookieName.flash])
            try await check(route.access, visit)
            return try await answer(route, visit)
        } catch {
            return await refusal(error, request, words)
        }
    }

    public func refusal(_ problem: HTTPProblem, for head: RequestHead?) -> Response {
        let words = languages[head.map { language(of: $0) } ?? city.profile.language]
        let explained = explain(problem)
        return framed(
            ProblemPages.page(explained, words: words), words: words, principal: .nobody, path: "/", flash: nil)
    }

    private func answer(_ route: Route, _ visit: Visit) async throws -> Response {
        let isAnonymous = visit.request.cookies[CookieName.session] == nil && visit.flash == nil
        guard route.cached, cache.isOn, isAnonymous, visit.request.target == visit.request.path else {
            return try await finish(route.handler(visit), visit)
        }
        let key = Self.cacheKey(visit.language, visit.request.target)
        do {
            return .prepared(try await cache.page(key) { try await self.render(route, visit) })
        } catch let uncached as Uncached {
            return try finish(uncached.reply, visit)
        }
    }

    private func render(_ route: Route, _ visit: Visit) async throws -> PageCache.Rendered {
        let reply = try await route.handler(visit)
        guard case .page(let page) = reply, page.status == 200 else { throw Uncached(reply: reply) }
        let response = framed(
            page, words: visit.words, principal: .nobody, path: visit.request.path, flash: nil)
        return PageCache.Rendered(page: response.prepared(), tags: page.tags + [.city])
    }

    private func finish(_ reply: Reply, _ visit: Visit) throws -> Response {
        switch reply {
        case .page(let page):
            var response = framed(
                page, words: visit.words, principal: visit.principal, path: visit.request.path, flash: visit.flash)
            if visit.flash != nil { response.setCookie(cookie(CookieName.flash, "", maxAge: 0)) }
            return response
        case .seeOther(let place, let phrase, let cookies):
            var response = Response.redirect(to: place)
            secure(&response.headers)
            for var cookie in cookies {
                cookie.secure = isSecure
                response.setCookie(cookie)
            }
            if let phrase { response.setCookie(cookie(CookieName.flash, phrase, maxAge: 60)) }
            return response
        case .response(var response):
            secure(&response.headers)
            return response
        }
    }

    private func refusal(_ error: any Error, _ request: Request, _ words: Words) async -> Response {
        let explained = explain(error)
        if let cause = explained.cause { log("request \(request.id): \(cause)") }
        if explained.status == 401, request.method.lookup == .get {
            var response = Response.redirect(to: "/sign-in?next=" + Self.escaped(request.target))
            secure(&response.headers)
            return response
        }
        // The form is offered again, so that nothing typed is lost; what went wrong may be over by then.
        let typed = request.method == .post && explained.status >= 500 ? try? request.form() : nil
        let page = ProblemPages.page(explained, words: words, retry: typed.map { (request.target, $0) })
        var response = framed(page, words: words, principal: .nobody, path: request.path, flash: nil)
        if let seconds = explained.retryAfter { response.headers["Retry-After"] = String(seconds) }
        return response
    }
}

/// A reply that the cache doesn't keep, on its way out of the cache's flight.
private struct Uncached: Error {
    let reply: Reply
}
