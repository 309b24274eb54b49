// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import HTTP
import Identity
import Storage
import Workers

/// A problem as its two readers get it: a status and a phrase for the person, a cause for the log.
public struct Explained: Sendable {
    public let status: Int
    /// The stem of the phrases' keys: `STEM.title` and `STEM.text`.
    public let phrase: String
    public let values: [String: String]
    public let cause: String?
    public let retryAfter: Int?

    public init(
        _ status: Int, _ phrase: String, values: [String: String] = [:], cause: String? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.phrase = phrase
        self.values = values
        self.cause = cause
        self.retryAfter = retryAfter
    }
}

/// The one table that maps problems to statuses and sentences. Slices add their own problems.
public struct ProblemTable: Sendable {
    public typealias Explain = @Sendable (any Error) -> Explained?
    private let slices: [Explain]

    public init(_ slices: [Explain] = []) { self.slices = slices }

    public func callAsFunction(_ error: any Error) -> Explained {
        for explain in slices { if let explained = explain(error) { return explained } }
        switch error {
        case let problem as HTTPProblem: return Self.explain(problem)
        case let problem as AccessProblem: return Self.explain(problem)
        case let problem as IdentityProblem: return Self.explain(problem)
        case let problem as DatabaseError where problem.isPassing:
            return Explained(503, "error.503", cause: "database: \(problem)", retryAfter: 5)
        case is WorkersBusy: return Explained(503, "error.503", cause: "workers are busy", retryAfter: 5)
        case CryptoProblem.outOfMemory: return Explained(503, "error.503", cause: "out of memory", retryAfter: 5)
        default:
            // Anything else is ours to mend: the reader gets a number, the log gets the cause under it.
            let incident = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 36).uppercased()
            return Explained(500, "error.500", values: ["incident": incident], cause: "incident \(incident): \(error)")
        }
    }

    private static func explain(_ problem: HTTPProblem) -> Explained {
        switch problem {
        case .badRequest: Explained(400, "error.400")
        case .malformedEncoding: Explained(400, "error.encoding")
        case .forbidden: Explained(403, "error.site")
        case .notFound: Explained(404, "error.404")
        case .methodNotAllowed: Explained(405, "error.405")
        case .payloadTooLarge(let limit): Explained(413, "error.413", values: ["limit": Sizes.text(limit)])
        case .headersTooLarge: Explained(431, "error.431")
        case .unsupportedMediaType: Explained(415, "error.415")
        case .tooManyRequests(let seconds):
            Explained(429, "error.429", values: ["seconds": String(seconds)], retryAfter: seconds)
        case .unavailable(let seconds): Explained(503, "error.503", retryAfter: seconds)
        }
    }

    private static func explain(_ problem: AccessProblem) -> Explained {
        switch problem {
        case .signInFirst: Explained(401, "error.401")
        case .otherDuty: Explained(403, "error.duty")
        case .notYours: Explained(403, "error.403")
        }
    }

    /// Problems that a page did not show beside a form.
    private static func explain(_ problem: IdentityProblem) -> Explained {
        switch problem {
        case .notAllowed: Explained(403, "error.403")
        case .notFound: Explained(404, "error.404")
        case .taken, .changedMeanwhile, .wrongState, .lastOne, .holdsDuties: Explained(409, "error.409")
        case .wrongCredentials: Explained(403, "error.403")
        case .expired: Explained(400, "error.expired")
        case .tooManyAttempts(let seconds):
            Explained(429, "error.429", values: ["seconds": String(seconds)], retryAfter: seconds)
        }
    }
}

/// Sizes as people read them.
enum Sizes {
    static func text(_ bytes: Int) -> String {
        bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : bytes >= 1 << 10 ? "\(bytes >> 10) KiB" : "\(bytes) B"
    }
}
