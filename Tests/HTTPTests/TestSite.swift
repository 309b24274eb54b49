// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTP
import Synchronization

/// A small site that shows what the server made of a request.
final class TestSite: Responder {
    static let longPage = String(repeating: "<p>群众来信，件件有回音。</p>\n", count: 100)
    let kept = PreparedResponse(
        headers: ["Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"], body: Array(longPage.utf8))
    let file: String
    let streams = Mutex<[EventStream]>([])
    let closedStreams = Atomic(0)
    let answered = Atomic(0)
    /// Requests to `/wait` are answered when this is opened.
    let gate = Gate()

    init() {
        file = NSTemporaryDirectory() + "precinct-http-\(UUID().uuidString)"
        _ = FileManager.default.createFile(atPath: file, contents: Data("0123456789abcdefghij".utf8))
    }

    // A leftover in the folder for temporary files does no harm.
    deinit { try? FileManager.default.removeItem(atPath: file) }

    func prepared(for head: RequestHead) -> PreparedResponse? { head.path == "/kept" ? kept : nil }

    func admit(_ head: RequestHead) -> Admission {
        switch head.path {
        case "/form": .accept(.form(limit: 1000))
        case "/multipart": .accept(.multipart(limit: 1 << 20, perFile: 500_000))
        case "/json": .accept(.json(limit: 1000))
        case "/bytes": .accept(.bytes(limit: 1 << 20))
        case "/forbidden": .refuse(.forbidden)
        default: .accept(.none)
        }
    }

    func respond(to request: Request) async -> Response {
        defer { answered.add(1, ordering: .relaxed) }
        do throws(HTTPProblem) {
            return try await page(request)
        } catch {
            return refusal(error, for: nil)
        }
    }

    func refusal(_ problem: HTTPProblem, for head: RequestHead?) -> Response {
        .text("refused: \(problem)", status: problem.status)
    }

    private func page(_ request: Request) async throws(HTTPProblem) -> Response {
        switch request.path {
        case "/form", "/multipart": return .text(try describe(request.form()))
        case "/json": return .text(try request.json([String: String].self).sorted { $0.key < $1.key }.description)
        case "/bytes": return .text(String(try request.bytes().count))
        case "/long": return .html(Array(Self.longPage.utf8))
        case "/file": return .file(file, type: "text/plain")
        case "/address": return .text("\(request.address) \(request.isSecure)")
        case "/query": return .text(try describe(request.query))
        case "/cookies": return .text(request.cookies.sorted { $0.key < $1.key }.description)
        case "/later":
            await Task.yield()
            return .text("later")
        case "/wait":
            await gate.wait()
            return .text("waited")
        case "/events":
            let stream = EventStream { [self] in closedStreams.add(1, ordering: .releasing) }
            streams.withLock { $0.append(stream) }
            return .events(stream)
        default: return .text("\(request.method.rawValue) \(request.path)")
        }
    }

    private func describe(_ form: Form) throws(HTTPProblem) -> String {
        var text = form.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        if let upload = form.upload("picture") {
            let bytes = try upload.bytes()
            let sum = bytes.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
            text += "|\(upload.fileName):\(upload.contentType):\(upload.size):\(sum)"
        }
        return text
    }
}

/// Holds tasks back until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var expected: [(Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func wait() async {
        await withCheckedContinuation { continuation in
            let (goesOn, arrived) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                guard !state.isOpen else { return (true, []) }
                state.waiting.append(continuation)
                let count = state.waiting.count
                let arrived = state.expected.filter { $0.0 <= count }.map(\.1)
                state.expected.removeAll { $0.0 <= count }
                return (false, arrived)
            }
            if goesOn { continuation.resume() }
            for other in arrived { other.resume() }
        }
    }

    /// Returns when so many tasks stand at the gate.
    func arrival(of count: Int) async {
        await withCheckedContinuation { continuation in
            let isHere = state.withLock { state in
                if state.waiting.count >= count { return true }
                state.expected.append((count, continuation))
                return false
            }
            if isHere { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A running server and its site.
struct Place: Sendable {
    let port: UInt16
    let site: TestSite
    let server: Server
    let lines: Lines

    func connect(room: Int32? = nil) throws -> Wire { try Wire(port: port, room: room) }

    /// One request on a connection of its own.
    func ask(_ request: String, toHead: Bool = false) throws -> Wire.Reply {
        let wire = try connect()
        try wire.send(request)
        return try wire.reply(toHead: toHead)
    }

    func get(_ target: String, _ headers: String...) throws -> Wire.Reply {
        try ask("GET \(target) HTTP/1.1\r\nHost: t\r\n\(headers.map { $0 + "\r\n" }.joined())\r\n")
    }

    func post(_ target: String, type: String, _ body: String) throws -> Wire.Reply {
        try ask(
            "POST \(target) HTTP/1.1\r\nHost: t\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }
}

/// The access log.
final class Lines: Sendable {
    private let state = Mutex<[AccessLine]>([])
    func add(_ line: AccessLine) { state.withLock { $0.append(line) } }
    var all: [AccessLine] { state.withLock { $0 } }
}

/// Clients block: they have threads of their own, so that the tasks of the server always find one.
private final class ClientThreads: TaskExecutor {
    static let shared = ClientThreads()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

func onThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withTaskExecutorPreference(ClientThreads.shared) { try await inTask(work) }
}

private nonisolated func inTask<T: Sendable>(_ work: @Sendable () throws -> T) async throws -> T { try work() }

/// Starts a server on a free port, runs the client on a thread, and stops the server.
func onServer(
    _ configure: (inout ServerConfiguration) -> Void = { _ in }, _ client: @escaping @Sendable (Place) throws -> Void
) async throws {
    let place = try start(configure)
    let result: Result<Void, any Error>
    do { result = .success(try await onThread { try client(place) }) } catch { result = .failure(error) }
    place.site.gate.open()
    await place.server.stop(within: .seconds(10))
    try result.get()
}

func start(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws -> Place {
    var configuration = ServerConfiguration()
    configure(&configuration)
    let site = TestSite()
    let lines = Lines()
    let server = Server(configuration, responder: site) { lines.add($0) }
    return Place(port: try server.start(), site: site, server: server, lines: lines)
}
