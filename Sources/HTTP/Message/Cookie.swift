// SPDX-License-Identifier: AGPL-3.0-or-later

/// A cookie to set (RFC 6265bis). Scripts can't read it and other sites' forms don't carry it.
public struct Cookie: Sendable {
    public var name: String
    public var value: String
    /// Seconds; 0 deletes, nil ends with the browser's session.
    public var maxAge: Int?
    public var secure: Bool

    public init(_ name: String, _ value: String, maxAge: Int?, secure: Bool = false) {
        self.name = name
        self.value = value
        self.maxAge = maxAge
        self.secure = secure
    }

    var header: String {
        let value = String(
            decoding: value.utf8.filter {
                $0 > 0x20 && $0 < 0x7f && $0 != 0x3b && $0 != 0x2c && $0 != 0x22 && $0 != 0x5c
            }, as: UTF8.self)
        var text = "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax"
        if let maxAge { text += "; Max-Age=\(maxAge)" }
        if secure { text += "; Secure" }
        return text
    }

    /// The cookies of a `Cookie` header. The first of a name counts.
    static func parse(_ header: String) -> [String: String] {
        var cookies: [String: String] = [:]
        for pair in header.split(separator: ";").prefix(50) {
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let name = pair[..<equals].drop { $0 == " " }
            let value = pair[pair.index(after: equals)...]
            let end = value.lastIndex { $0 != " " }.map { value.index(after: $0) } ?? value.startIndex
            if cookies[String(name)] == nil { cookies[String(name)] = String(value[..<end]) }
        }
        return cookies
    }
}
