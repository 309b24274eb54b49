// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Identity
import Journal
import Markup
import Storage

/// One line in a slice's list of routes.
public struct Route: Sendable {
    public typealias Handler = @Sendable (Visit) async throws -> Reply

    public let method: HTTP.Method
    public let pattern: String
    public let access: Access
    public let body: BodyPolicy
    /// Whether an anonymous reader's page may be kept and served again until one of its tags is touched.
    public let cached: Bool
    public let handler: Handler

    /// A page or a file to read.
    public static func get(
        _ pattern: String, _ access: Access, cached: Bool = false, _ handler: @escaping Handler
    ) -> Route {
        Route(method: .get, pattern: pattern, access: access, body: .none, cached: cached, handler: handler)
    }

    /// A form to act on.
    public static func post(
        _ pattern: String, _ access: Access, body: BodyPolicy = .form(limit: 64 * 1024), _ handler: @escaping Handler
    ) -> Route {
        Route(method: .post, pattern: pattern, access: access, body: body, cached: false, handler: handler)
    }
}

/// What a handler gets: the request, who is acting, and the words to answer in.
public struct Visit: Sendable {
    public let request: Request
    public let parameters: PathParameters
    public let principal: Principal
    public let words: Words
    public let city: CityProfile
    public let now: Timestamp
    /// The outcome of the form before this page, as the key of a phrase.
    public let flash: String?

    public init(
        request: Request, parameters: PathParameters, principal: Principal, words: Words, city: CityProfile,
        now: Timestamp, flash: String?
    ) {
        self.request = request
        self.parameters = parameters
        self.principal = principal
        self.words = words
        self.city = city
        self.now = now
        self.flash = flash
    }

    public var language: String { words.language }

    /// The desk's handle in the path.
    public var handle: String { get throws { try parameters.get("handle") } }

    /// The person who has signed in. Routes that need one say so in their access.
    public func signed() throws(IdentityProblem) -> Principal.Signed {
        guard let signed = principal.signed else { throw .notAllowed }
        return signed
    }

    /// The submitted form.
    public func form() throws -> Form { try request.form() }
}

/// What a handler answers.
public enum Reply: Sendable {
    /// A page, which the frame puts its header and footer around.
    case page(Page)
    /// Another page to go to, after a form was acted on; `saying` is the key of the phrase shown there.
    case seeOther(String, saying: String? = nil, cookies: [Cookie] = [])
    /// Anything else, as it stands.
    case response(Response)
}

/// The content of a page.
public struct Page: Sendable {
    public var title: String
    public var content: HTML
    public var status: Int
    /// What the page shows: a journal entry that bears one of these drops it from the cache.
    public var tags: [Tag]
    /// Extra modules to load, by name in `/assets/js/`.
    public var modules: [String]
    /// The place in the menu.
    public var section: Section
    /// One sentence for search engines and previews.
    public var summary: String?
    /// Adds a class to the body: staff pages are denser.
    public var isWorkplace: Bool

    public init(
        _ title: String, status: Int = 200, tags: [Tag] = [], modules: [String] = [], section: Section = .none,
        summary: String? = nil, isWorkplace: Bool = false, _ content: HTML
    ) {
        self.title = title
        self.content = content
        self.status = status
        self.tags = tags
        self.modules = modules
        self.section = section
        self.summary = summary
        self.isWorkplace = isWorkplace
    }
}

/// The places that the menu marks as "you are here".
public enum Section: String, Sendable, CaseIterable {
    case none, home, desks, stations, live, account, duty
}
