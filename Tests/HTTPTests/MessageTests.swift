// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Testing

@Suite struct RouterTests {
    static let router: Router<String> = {
        var router = Router<String>()
        router.add(.get, "/", "home")
        router.add(.get, "/desks", "desks")
        router.add(.get, "/@:handle", "desk")
        router.add(.post, "/@:handle/edit", "edit")
        router.add(.get, "/@:handle/people/:duty", "duty")
        router.add(.get, "/pictures/:id/:width", "picture")
        router.add(.get, "/files/*path", "file")
        return router
    }()

    private func found(_ path: String, _ method: HTTP.Method = .get) -> String {
        switch Self.router.match(method, path) {
        case .found(let name, _): name
        case .methodNotAllowed(let methods): "405 " + methods.map(\.rawValue).joined(separator: ",")
        case .notFound: "404"
        }
    }

    @Test(
        "paths lead where they should",
        arguments: [
            ("/", "home"), ("/desks", "desks"), ("/@hudong", "desk"), ("/@", "404"), ("/hudong", "404"),
            ("/desks/", "404"),
            ("//", "404"), ("/@a/people/12", "duty"), ("/@a/people", "404"), ("/files/a/b", "file"), ("", "404"),
            ("/@a/edit", "405 POST"), ("/pictures/1", "404"), ("/@a//edit", "404")
        ])
    func paths(path: String, name: String) {
        #expect(found(path) == name)
    }

    @Test("HEAD finds what GET does")
    func head() { #expect(found("/desks", .head) == "desks") }

    @Test("a value that does not read as its type is not found")
    func parameters() throws {
        guard case .found(_, let parameters) = Self.router.match(.get, "/pictures/12/x") else {
            throw HTTPProblem.notFound
        }
        #expect(try parameters.get("id", as: Int.self) == 12)
        #expect(throws: HTTPProblem.notFound) { try parameters.get("width", as: Int.self) }
    }

    @Test("no path upsets the router")
    func fuzz() {
        let pieces = ["/", "@", "a", "people", "files", "..", "%", "\u{0}", "桥", "12"]
        for _ in 0..<3000 {
            _ = found("/" + (0..<8).map { _ in pieces.randomElement()! }.joined())
        }
    }
}

@Suite struct HeadersTests {
    @Test("names are compared without case, and values can't break out")
    func headers() {
        var headers: Headers = ["Content-Type": "text/html"]
        headers.add("Set-Cookie", "a=1")
        headers.add("set-cookie", "b=2\r\nX-Evil: 1")
        #expect(headers["content-type"] == "text/html" && headers["SET-COOKIE"] == "a=1")
        #expect(headers.fields.last?.value == "b=2X-Evil: 1")
        headers["Set-Cookie"] = nil
        #expect(headers.fields.count == 1)
    }
}
