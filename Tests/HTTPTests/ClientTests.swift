// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Synchronization
import Testing
import Workers

@Suite struct AddressRangeTests {
    @Test(
        "addresses inside our own network are told from public ones",
        arguments: [
            ("8.8.8.8", true), ("1.1.1.1", true), ("2606:4700::1111", true), ("172.32.0.1", true),
            ("100.128.0.1", true),
            ("127.0.0.1", false), ("127.9.9.9", false), ("10.1.2.3", false), ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.168.1.1", false), ("169.254.169.254", false), ("100.64.0.1", false), ("0.0.0.0", false),
            ("224.0.0.1", false), ("255.255.255.255", false), ("::1", false), ("::", false), ("fe80::1", false),
            ("fd00::1", false), ("::ffff:127.0.0.1", false), ("::ffff:8.8.8.8", true), ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", true), ("2002:7f00:1::", false), ("2001:db8::1", false), ("ff02::1", false),
            ("not an address", false), ("", false)
        ])
    func ranges(address: String, isPublic: Bool) {
        #expect(AddressRange.isPublic(address) == isPublic)
    }
}

@Suite(.serialized) struct ClientTests {
    /// Answers what the client's tests ask for.
    private struct Site: Responder {
        func prepared(for head: RequestHead) -> PreparedResponse? { nil }
        func admit(_ head: RequestHead) -> Admission { .accept(.form(limit: 1000)) }
        func refusal(_ problem: HTTPProblem, for head: RequestHead?) -> Response { .text("", status: problem.status) }

        func respond(to request: Request) async -> Response {
            switch request.path {
            case "/redirect": return .redirect(to: "/here")
            case "/loop": return .redirect(to: "/loop")
            case "/out": return .redirect(to: "ftp://127.0.0.1/")
            case "/large": return .text(String(repeating: "x", count: 3_000_000))
            case "/form":
                // The form of a POST is what is asked for.
                return .text((try? request.form().text("a")) ?? "none")
            default: return .text("here")
            }
        }
    }

    private static let pool = WorkerPool(name: "client", threads: 2, queue: 20)

    private func visit(_ body: (HTTPClient, String) async throws -> Void) async throws {
        let server = Server(ServerConfiguration(), responder: Site())
        let port = try server.start()
        var limits = ClientLimits()
        limits.allowsPrivateAddresses = true
        try await body(HTTPClient(pool: Self.pool, limits: limits), "http://127.0.0.1:\(port)")
        await server.stop(within: .seconds(2))
    }

    @Test("an answer comes back with its status, headers and body, over redirects too")
    func answers() async throws {
        try await visit { client, site in
            let response = try await client.send(.get, site + "/redirect")
            #expect(response.status == 200 && response.body == Array("here".utf8))
            #expect(response.headers["content-type"] == "text/plain; charset=utf-8")
        }
    }

    @Test("a form is sent")
    func posts() async throws {
        try await visit { client, site in
            let response = try await client.send(
                .post, site + "/form", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("a=b".utf8))
            #expect(response.body == Array("b".utf8))
        }
    }

    @Test("endless redirects, foreign schemes and too long answers are refused")
    func refusals() async throws {
        try await visit { client, site in
            await #expect(throws: ClientProblem.tooManyRedirects) { _ = try await client.send(.get, site + "/loop") }
            await #expect(throws: ClientProblem.badAddress("ftp://127.0.0.1/")) {
                _ = try await client.send(.get, site + "/out")
            }
            await #expect(throws: ClientProblem.tooLarge) { _ = try await client.send(.get, site + "/large") }
        }
    }

    @Test(
        "our own network is out of reach unless a test says otherwise",
        arguments: [
            "http://127.0.0.1:80/", "http://localhost/", "http://[::1]/", "http://0x7f.1/", "http://2130706433/",
            "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/"
        ])
    func privateAddresses(address: String) async {
        let client = HTTPClient(pool: Self.pool)
        await #expect(
            performing: { _ = try await client.send(.get, address) },
            throws: { error in
                switch error as? ClientProblem {
                case .refusedAddress, .unknownHost: true
                default: false
                }
            })
    }

    @Test(
        "what is no web address is refused",
        arguments: ["", "file:///etc/passwd", "gopher://x/", "http://", "http://u:p@h/"])
    func badAddresses(address: String) async {
        let client = HTTPClient(pool: Self.pool)
        await #expect(throws: ClientProblem.badAddress(address)) { _ = try await client.send(.get, address) }
    }
}
