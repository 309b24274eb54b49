// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a route takes as the body of a request, and how much of it (in bytes).
public enum BodyPolicy: Sendable, Hashable {
    case none
    /// `application/x-www-form-urlencoded`
    case form(limit: Int)
    /// `multipart/form-data`, or a form without files; `perFile` holds for each file alone
    case multipart(limit: Int, perFile: Int = .max)
    /// `application/json`
    case json(limit: Int)
    /// Anything, as it is
    case bytes(limit: Int)

    var limit: Int {
        switch self {
        case .none: 0
        case .form(let limit), .multipart(let limit, _), .json(let limit), .bytes(let limit): limit
        }
    }

    func accepts(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return switch self {
        case .none, .bytes: true
        case .form: type == "application/x-www-form-urlencoded"
        case .multipart: type == "multipart/form-data" || type == "application/x-www-form-urlencoded"
        case .json: type == "application/json" || type.hasSuffix("+json")
        }
    }
}
