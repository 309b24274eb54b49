// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP
import Identity
import Journal
import Markup
import Storage

/// What the frame itself serves: colours, the language switch, and the machine's own figures.
public struct FrameRoutes: Sendable {
    private let city: City
    private let accounts: Accounts
    private let database: Database
    private let metrics: @Sendable () -> String
    /// The packed source of the running program, as the build leaves it beside the program.
    private let source: String

    public init(
        city: City, accounts: Accounts, database: Database, metrics: @escaping @Sendable () -> String,
        source: String
    ) {
        self.city = city
        self.accounts = accounts
        self.database = database
        self.metrics = metrics
        self.source = source
    }

    public var routes: [Route] {
        [
            .get("/city.css", .everyone) { _ in .response(colours()) },
            .get("/source", .everyone) { _ in try packedSource() },
            .get("/robots.txt", .everyone) { _ in .response(.text("User-agent: *\nDisallow: /account\n")) },
            .get("/healthz", .everyone) { _ in
                try await database.health()
                return .response(.text("ok\n"))
            },
            .get("/metrics", .machine) { _ in
                .response(.text(metrics(), type: "text/plain; version=0.0.4; charset=utf-8"))
            },
            .post("/language", .everyone, chooseLanguage)
        ]
    }

    /// The licence owes everyone who uses the site the source of the version that runs.
    private func packedSource() throws -> Reply {
        guard FileManager.default.isReadableFile(atPath: source) else { throw HTTPProblem.notFound }
        var response = Response.file(source, type: "application/gzip")
        response.headers["Content-Disposition"] = "attachment; filename=\"precinct-source.tar.gz\""
        return .response(response)
    }

    /// The city's colours, over the ones in the style sheet.
    private func colours() -> Response {
        let profile = city.profile
        var response = Response.text(
            """
            :root { --police: \(profile.colour); }
            @media (prefers-color-scheme: dark) { :root { --police: \(profile.darkColour); } }

            """, type: "text/css; charset=utf-8")
        response.headers["Cache-Control"] = "no-cache"
        return response
    }

    @Sendable private func chooseLanguage(_ visit: Visit) async throws -> Reply {
        let form = try visit.form()
        let language = form.text("language")
        let next = form.text("next")
        let place = next.hasPrefix("/") && SafeURL.isOwnPlace(next) ? next : "/"
        guard visit.city.languages.contains(language) else { return .seeOther(place) }
        if let signed = visit.principal.signed { try await accounts.setLanguage(language, of: signed.person) }
        return .seeOther(place, cookies: [Cookie(CookieName.language, language, maxAge: 31_536_000)])
    }
}
