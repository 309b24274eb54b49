// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import HTTP
import Identity
import Storage

/// Failures as the operator at the shell reads them: what happened and what to do.
enum FailureLine {
    static func text(_ error: any Error) -> String {
        switch error {
        case let problem as UsageProblem: problem.line
        case let failure as PlainFailure: failure.line
        case let problem as DatabaseError: text(problem)
        case let problem as ServerProblem: text(problem)
        case CryptoProblem.keyFile(let line): line
        case let problem as CryptoProblem: "\(problem)"
        case let problem as IdentityProblem: text(problem)
        case let problem as DecodingError: "the file does not have the expected form: \(place(of: problem))"
        default: "\(error)"
        }
    }

    private static func text(_ problem: DatabaseError) -> String {
        switch problem {
        case .unavailable(let line): "the database can't be reached: \(line)"
        case .full: "the disk is full or can't be written"
        case .busy: "the database is held by another process: try again, or stop it"
        case .corrupt(let line): "the database is damaged (\(line)): restore a backup"
        case .migration(let line): line
        case .timeout: "the database took too long"
        default: "the database refused: \(problem)"
        }
    }

    private static func text(_ problem: ServerProblem) -> String {
        switch problem {
        case .addressInUse(let address): "\(address) is in use: choose another --port"
        case .badAddress(let address): "'\(address)' is not an address to listen on"
        }
    }

    private static func text(_ problem: IdentityProblem) -> String {
        switch problem {
        case .notFound: "there is no such person or desk"
        case .taken(.name): "the name is taken"
        case .taken(.pseudonym): "the pseudonym is taken: give another with --pseudonym"
        case .taken(.handle): "the handle is taken"
        default: "\(problem)"
        }
    }

    private static func place(of error: DecodingError) -> String {
        let (path, what): ([any CodingKey], String) =
            switch error {
            case .keyNotFound(let key, let context): (context.codingPath + [key], "missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context):
                (context.codingPath, "of the wrong kind")
            case .dataCorrupted(let context): (context.codingPath, "unreadable")
            @unknown default: ([], "unreadable")
            }
        let place = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        return (place.isEmpty ? "it" : place) + " is \(what)"
    }
}

/// A failure that is already told in one line.
struct PlainFailure: Error {
    let line: String
}
