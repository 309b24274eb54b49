// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP
import Synchronization
import TestWorld

/// A server with a handful of answers, for the kit's own tests.
final class TestServer: Responder {
    private struct State {
        var stream: EventStream?
        var waiting: [CheckedContinuation<Void, Never>] = []
        var expected: (count: Int, waiter: CheckedContinuation<Void, Never>)?
        var waitingCount = 0
    }

    static let page = PreparedResponse(
        headers: ["Content-Type": "text/html; charset=utf-8"],
        body: Array(String(repeating: "<p>清泉</p>", count: 200).utf8))
    private let state = Mutex(State())
    let folder: String

    init(folder: String) { self.folder = folder }

    static func start(_ change: (inout ServerConfiguration) -> Void = { _ in }) throws -> (TestServer, Server, UInt16) {
        let responder = TestServer(folder: try TestDatabase.temporaryFolder())
        var configuration = ServerConfiguration()
        configuration.uploadFolder = responder.folder
        change(&configuration)
        let server = Server(configuration, responder: responder)
        return (responder, server, try server.start())
    }

    func prepared(for head: RequestHead) -> PreparedResponse? { head.path == "/prepared" ? Self.page : nil }

    func admit(_ head: RequestHead) -> Admission {
        switch head.path {
        case "/form": .accept(.form(limit: 1000))
        case "/files": .accept(.multipart(limit: 1 << 20))
        case "/nothing": .refuse(.notFound)
        default: .accept(.none)
        }
    }

    func respond(to request: Request) async -> Response {
        switch request.path {
        case "/form", "/files": return echo(request)
        case "/file": return .file(folder + "/file.txt", type: "text/plain")
        case "/wait":
            await wait()
            return .text("waited")
        case "/events":
            let stream = EventStream(capacity: 4096, onClose: nil)
            state.withLock { $0.stream = stream }
            stream.send(EventFrame(id: "1", event: "hello", data: "two\nlines"))
            return .events(stream)
        default: return .text(String(repeating: "x", count: 2000) + request.path + " " + request.address)
        }
    }

    func refusal(_ problem: HTTPProblem, for head: RequestHead?) -> Response {
        .text("\(problem)", status: problem.status)
    }

    var stream: EventStream? { state.withLock { $0.stream } }

    /// Waits until so many requests are held at `/wait`.
    func held(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.waitingCount >= count { return true }
                state.expected = (count, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func release() {
        for waiting in state.withLock({ state in
            defer { state.waiting = [] }
            return state.waiting
        }) { waiting.resume() }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let arrived = state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.waiting.append(continuation)
                state.waitingCount += 1
                guard let expected = state.expected, state.waitingCount >= expected.count else { return nil }
                state.expected = nil
                return expected.waiter
            }
            arrived?.resume()
        }
    }

    private func echo(_ request: Request) -> Response {
        do throws(HTTPProblem) {
            let form = try request.form()
            var lines = form.pairs.map { "\($0.name)=\($0.value)" }
            if let upload = form.upload("file") {
                let bytes = try upload.bytes()
                lines.append("file \(upload.fileName) \(bytes.count) \(bytes.reduce(0) { $0 &+ Int($1) })")
            }
            return .text(lines.joined(separator: "\n"))
        } catch {
            return refusal(error, for: nil)
        }
    }
}
