// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Frame
import HTTP
import Identity
import TestWorld
import Testing

/// Every route against every kind of principal, over a real socket.
///
/// What is expected comes from the routes' access and from a plain table of who may do what, written out here a second
/// time on purpose: a changed right must be changed in two places.
@Suite struct PermissionTests {
    static let principals = ["nobody", "officer off duty"] + TestCity.people.map(\.name)

    /// Who may do it at the desk `hudong`, below it, or for the city.
    static let allowed: [Access: Set<String>] = [
        .atDesk(.work): ["officer", "keeper"],
        .atDesk(.editDesk): ["chief", "keeper", "operator"],
        .atDesk(.keepDesks): ["chief", "operator"],
        .belowDesk(.keepDesks): ["chief", "keeper", "operator"],
        .atDesk(.appoint): ["chief", "keeper", "operator"],
        .cityWide(.keepCity): ["operator"]
    ]

    private func isAllowed(_ access: Access, _ name: String) throws -> Bool {
        switch access {
        case .everyone, .machine: true
        case .signedIn: name != "nobody"
        case .holdsDuty: name != "nobody" && name != "citizen"
        default: try #require(Self.allowed[access], "no expectation for \(access)").contains(name)
        }
    }

    @Test("every route opens to whom it should, and to nobody else", arguments: TestDatabase.kinds)
    func everyRoute(kind: TestDatabase) async throws {
        let city = try await TestCity(on: kind)
        let (site, _, _) = try city.site(cacheLimit: 0)
        let server = Server(ServerConfiguration(), responder: site)
        let port = try server.start()
        var tried = 0
        for route in site.routes where route.pattern != "/live/events" {
            for name in Self.principals {
                // Fresh sessions: some routes end the one they are called with.
                let token: String? =
                    switch name {
                    case "nobody": nil
                    case "officer off duty": try await city.token("officer", onDuty: false)
                    default: try await city.token(name)
                    }
                let status = try await Self.request(route, token: token, port: port)
                let opens = try isAllowed(route.access, name)
                let isRefusal = status == 401 || status == 403
                #expect(isRefusal != opens, "\(route.method.rawValue) \(route.pattern) as \(name): \(status)")
                #expect(status < 500, "\(route.method.rawValue) \(route.pattern) as \(name): \(status)")
                tried += 1
            }
        }
        #expect(tried == (site.routes.count - 1) * Self.principals.count)
        await server.stop(within: .seconds(2))
        await city.database.close()
    }

    /// Sends a request without fields: what a right allows is then refused for its form, not for its sender.
    private static func request(_ route: Route, token: String?, port: UInt16) async throws -> Int {
        let path = route.pattern.replacing("@:handle", with: "@hudong").replacing(":session", with: "1")
            .replacing(":duty", with: "1").replacing(":picture", with: "1").replacing(":width", with: "320")
        let client = RawClient(port: port)
        let cookie = token.map { "Cookie: session=\($0)\r\n" } ?? ""
        let body =
            route.method == .get ? "" : "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n"
        let response = try await client.exchange(
            "\(route.method.rawValue) \(path) HTTP/1.1\r\nHost: t\r\nSec-Fetch-Site: same-origin\r\n\(cookie)\(body)\r\n"
                + (route.method == .get ? "" : "x=y"))
        // A page that wants a sign-in first leads there.
        if response?.status == 303, response?["Location"]?.hasPrefix("/sign-in?next=") == true { return 401 }
        return response?.status ?? 599
    }

    @Test(
        "no form from another site is taken",
        arguments: [
            "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
            "Origin: https://evil.example", "X: y"
        ])
    func otherSites(header: String) async throws {
        let city = try await TestCity(on: .sqlite)
        let server = Server(ServerConfiguration(), responder: try city.site().site)
        let port = try server.start()
        let token = try await city.token("keeper")
        let client = RawClient(port: port)
        let response = try await client.exchange(
            "POST /@hudong/hours HTTP/1.1\r\nHost: t\r\n\(header)\r\nCookie: session=\(token)\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\nhours-en=now"
        )
        #expect(response?.status == 403)
        #expect(try await city.directory.desk("hudong").page.hours.isEmpty)
        await server.stop(within: .seconds(2))
        await city.database.close()
    }
}
