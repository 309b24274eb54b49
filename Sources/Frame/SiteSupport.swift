// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP
import Identity
import Journal
import Markup
import Storage

/// The names of our cookies.
public enum CookieName {
    public static let session = "session"
    /// Marks a browser that has signed in before, so that a stranger's guessing doesn't slow it down.
    public static let browser = "browser"
    /// The reader's choice of language.
    public static let language = "language"
    /// The key of the phrase to show on the next page.
    public static let flash = "flash"
    /// The sign-in that waits for its second factor.
    public static let step = "step"
}

extension Site {
    static func cacheKey(_ language: String, _ target: String) -> String { language + " " + target }

    func language(of head: RequestHead) -> String {
        let profile = city.profile
        return languages.negotiate(
            chosen: head.cookie(CookieName.language), accepted: head.header("Accept-Language"),
            offered: profile.languages, fallback: profile.language)
    }

    func language(of request: Request) -> String {
        let profile = city.profile
        return languages.negotiate(
            chosen: request.cookies[CookieName.language], accepted: request.headers["Accept-Language"],
            offered: profile.languages, fallback: profile.language)
    }

    /// Whether a writing request comes from a page of this site (Fetch Metadata, or the Origin header of RFC 6454
    /// where a browser has no Fetch Metadata). So cached pages need no form tokens.
    static func isOwnSite(_ head: RequestHead) -> Bool {
        if let site = head.header("Sec-Fetch-Site") { return site == "same-origin" || site == "none" }
        guard let origin = head.header("Origin"), let host = head.header("Host") else { return false }
        return origin == "https://" + host || origin == "http://" + host
    }

    /// Checks the route's access.
    func check(_ access: Access, _ visit: Visit) async throws {
        let principal = visit.principal
        switch access {
        case .everyone: return
        case .signedIn:
            if principal.signed == nil { throw AccessProblem.signInFirst }
        case .holdsDuty:
            guard let signed = principal.signed else { throw AccessProblem.signInFirst }
            if !signed.hasDuties { throw AccessProblem.notYours }
        case .atDesk(let act):
            guard principal.signed != nil else { throw AccessProblem.signInFirst }
            guard Permissions.mayEver(principal, act) else { throw AccessProblem.refusal(to: principal) }
            let path = try await directory.path(of: visit.handle)
            guard Permissions.allow(principal, act, at: path) else { throw AccessProblem.refusal(to: principal) }
        case .belowDesk(let act):
            guard principal.signed != nil else { throw AccessProblem.signInFirst }
            guard Permissions.mayEver(principal, act) else { throw AccessProblem.refusal(to: principal) }
            let path = try await directory.path(of: visit.handle)
            guard Permissions.allow(principal, act, at: path + "0/") else {
                throw AccessProblem.refusal(to: principal)
            }
        case .cityWide(let act):
            guard principal.signed != nil else { throw AccessProblem.signInFirst }
            guard Permissions.allow(principal, act, at: nil) else { throw AccessProblem.refusal(to: principal) }
        case .machine:
            guard visit.request.address.hasPrefix("127.") || visit.request.address == "::1" else {
                throw HTTPProblem.notFound
            }
        }
    }

    func framed(_ page: Page, words: Words, principal: Principal, path: String, flash: String?) -> Response {
        let frame = PageFrame(
            page: page, words: words, city: city.profile, principal: principal, path: path, flash: flash,
            assets: assets)
        var response = Response.html(frame.html().bytes, status: page.status)
        response.headers["Content-Language"] = words.language
        response.headers["Vary"] = "Cookie, Accept-Language"
        // A reader who has signed in leaves nothing behind in a shared browser; an anonymous page is asked about
        // again each time, which costs a 304.
        response.headers["Cache-Control"] = principal.signed == nil ? "no-cache" : "no-store"
        secure(&response.headers)
        return response
    }

    /// The headers that every answer carries.
    func secure(_ headers: inout Headers) {
        headers["Content-Security-Policy"] =
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(self), microphone=()"
        if isSecure { headers["Strict-Transport-Security"] = "max-age=31536000" }
    }

    func cookie(_ name: String, _ value: String, maxAge: Int?) -> Cookie {
        Cookie(name, value, maxAge: maxAge, secure: isSecure)
    }

    /// A place as the value of a query.
    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .urlHostAllowed) ?? ""
    }
}

/// Why a route stays closed.
enum AccessProblem: Error {
    case signInFirst
    /// The person holds duties, but acts on none that opens this.
    case otherDuty
    case notYours

    static func refusal(to principal: Principal) -> AccessProblem {
        principal.signed?.hasDuties == true ? .otherDuty : .notYours
    }
}
