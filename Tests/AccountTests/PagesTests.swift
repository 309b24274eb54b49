// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP
import Identity
import TestWorld
import Testing

/// What people see, over a real socket.
@Suite struct PagesTests {
    /// A browser with a jar for cookies.
    final class Visitor {
        private let port: UInt16
        var cookies: [String: String] = [:]
        var language = "zh-CN"

        init(_ port: UInt16) { self.port = port }

        func get(_ path: String) async throws -> RawResponse { try await send("GET \(path)", nil) }

        func post(_ path: String, _ fields: [(String, String)] = []) async throws -> RawResponse {
            let body = fields.map {
                "\($0.0)=\($0.1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }
            return try await send("POST \(path)", body.joined(separator: "&"))
        }

        private func send(_ line: String, _ body: String?) async throws -> RawResponse {
            let client = RawClient(port: port)
            let jar = cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            var head = "\(line) HTTP/1.1\r\nHost: t\r\nAccept-Language: \(language)\r\nSec-Fetch-Site: same-origin\r\n"
            if !jar.isEmpty { head += "Cookie: \(jar)\r\n" }
            if let body {
                head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n"
            }
            let response = try #require(try await client.exchange(head + "\r\n" + (body ?? "")))
            for name in ["session", "browser", "step", "flash", "language"] {
                if let value = response.cookie(name) { cookies[name] = value.isEmpty ? nil : value }
            }
            return response
        }

    }

    private func visit(_ kind: TestDatabase, _ body: (TestCity, Visitor) async throws -> Void) async throws {
        let city = try await TestCity(on: kind)
        let server = Server(ServerConfiguration(), responder: try city.site().site)
        try await body(city, Visitor(try server.start()))
        await server.stop(within: .seconds(2))
        await city.database.close()
    }

    @Test("an edited desk is shown at once, from the cache too", arguments: TestDatabase.kinds)
    func fresh(kind: TestDatabase) async throws {
        try await visit(kind) { city, visitor in
            #expect(try await !visitor.get("/@hudong").text.contains("全年无休"))
            let keeper = try await city.principal("keeper")
            try await city.directory.changeHours(of: "hudong", to: Localized(["zh-Hans": "全年无休"]), by: keeper)
            #expect(try await visitor.get("/@hudong").text.contains("全年无休"))
        }
    }

    @Test("hostile text on a page is text", arguments: TestDatabase.kinds)
    func hostile(kind: TestDatabase) async throws {
        try await visit(kind) { city, visitor in
            let chief = try await city.principal("chief")
            var page = try await city.directory.desk("hudong").page
            page.name["zh-Hans"] = "<script>alert(1)</script>\u{202e}"
            page.intro["zh-Hans"] = "\"><img src=x onerror=alert(1)>"
            try await city.directory.edit("hudong", to: page, revision: nil, by: chief)
            for path in ["/", "/desks", "/@hudong", "/@hudong/history", "/live", "/search?q=%3Cscript%3E", "/@hubin"] {
                let text = try await visitor.get(path).text
                #expect(
                    !text.contains("<script>alert") && !text.contains("<img src=x") && !text.contains("\u{202e}"),
                    "\(path)")
            }
        }
    }

    @Test("the language is the browser's until the reader chooses", arguments: TestDatabase.kinds)
    func language(kind: TestDatabase) async throws {
        try await visit(kind) { _, visitor in
            #expect(try await visitor.get("/").text.contains("<html lang=\"zh-Hans\">"))
            _ = try await visitor.post("/language", [("language", "en"), ("next", "/desks")])
            #expect(try await visitor.get("/").text.contains("<html lang=\"en\">"))
            #expect(
                try await visitor.post("/language", [("language", "en"), ("next", "//evil.example")])["Location"] == "/"
            )
        }
    }

    @Test("a form with mistakes comes back with what was typed, but for the password", arguments: TestDatabase.kinds)
    func keptInput(kind: TestDatabase) async throws {
        try await visit(kind) { _, visitor in
            let response = try await visitor.post(
                "/register", [("name", "新人"), ("pseudonym", "民警小王"), ("password", "12345678"), ("email", "no")])
            #expect(response.status == 422)
            for text in ["value=\"新人\"", "value=\"民警小王\"", "以免被误认为公安机关", "太容易被猜到", "value=\"no\""] {
                #expect(response.text.contains(text), "\(text)")
            }
            #expect(!response.text.contains("12345678"))
        }
    }

    @Test("registering signs in, and the public name is all that shows", arguments: TestDatabase.kinds)
    func register(kind: TestDatabase) async throws {
        try await visit(kind) { _, visitor in
            let done = try await visitor.post(
                "/register", [("name", "新人"), ("pseudonym", "一叶"), ("password", "correct horse battery")])
            #expect(done.status == 303 && visitor.cookies["session"] != nil)
            #expect(try await visitor.get("/account").text.contains("注册成功"))
            let home = try await visitor.get("/")
            #expect(home.text.contains("一叶") && !home.text.contains("新人") && home["Cache-Control"] == "no-store")
        }
    }

    @Test("a wrong password says nothing of whether the name exists", arguments: TestDatabase.kinds)
    func wrongPassword(kind: TestDatabase) async throws {
        try await visit(kind) { _, visitor in
            let known = try await visitor.post("/sign-in", [("name", "citizen"), ("password", "wrong")])
            let unknown = try await visitor.post("/sign-in", [("name", "nobody",), ("password", "wrong")])
            #expect(known.status == 422 && unknown.status == 422)
            #expect(known.text.replacing("citizen", with: "") == unknown.text.replacing("nobody", with: ""))
        }
    }

    @Test("two who edit at once both keep what they typed", arguments: TestDatabase.kinds)
    func conflict(kind: TestDatabase) async throws {
        try await visit(kind) { city, visitor in
            visitor.cookies["session"] = try await city.token("keeper")
            let fields = [("revision", "1"), ("name-zh-Hans", "湖东分局"), ("phone", "0000-7654321")]
            #expect(try await visitor.post("/@hudong/edit", fields).status == 303)
            let second = try await visitor.post(
                "/@hudong/edit", [("revision", "1"), ("name-zh-Hans", "湖东分局"), ("phone", "0000-1111111")])
            #expect(second.status == 409 && second.text.contains("0000-1111111") && second.text.contains("其他人已修改了本页"))
        }
    }

    @Test(
        "security headers stand on every answer",
        arguments: ["/", "/desks", "/nope", "/city.css", "/sign-in", "/account"])
    func headers(path: String) async throws {
        try await visit(.sqlite) { _, visitor in
            let response = try await visitor.get(path)
            #expect(response["Content-Security-Policy"]?.contains("default-src 'none'") == true)
            #expect(response["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test("a lost database is told in the reader's language, with the form to send again")
    func unavailable() async throws {
        let city = try await TestCity(on: .sqlite)
        let server = Server(ServerConfiguration(), responder: try city.site().site)
        let visitor = Visitor(try server.start())
        await city.database.close()
        let response = try await visitor.post(
            "/register", [("name", "新人"), ("pseudonym", "一叶"), ("password", "correct horse battery")])
        #expect(response.status == 503 && response["Retry-After"] == "5")
        #expect(response.text.contains("value=\"新人\"") && !response.text.contains("correct horse"))
        await server.stop(within: .seconds(2))
    }
}
