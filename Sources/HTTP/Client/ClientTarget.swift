// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// An address that was checked, with the numeric address that the connection goes to.
struct ClientTarget {
    let url: URL
    let host: String
    let port: Int
    let numeric: String

    init(_ address: String, allowsPrivate: Bool) throws(ClientProblem) {
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host(percentEncoded: false), !host.isEmpty, url.user == nil
        else { throw .badAddress(address) }
        self.url = url
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        port = url.port ?? (scheme == "https" ? 443 : 80)
        let found = Self.addresses(of: self.host)
        guard let first = found.first else { throw .unknownHost(self.host) }
        // One bad address among several is enough to refuse: which one would be used is not ours to guess.
        if !allowsPrivate, let closed = found.first(where: { !AddressRange.isPublic($0) }) {
            throw .refusedAddress(closed)
        }
        numeric = first
    }

    /// libcurl's entry that pins the name to the checked address (CURLOPT_RESOLVE).
    var pin: String { "\(host):\(port):\(numeric.contains(":") ? "[\(numeric)]" : numeric)" }

    /// Where a redirect leads, seen from here.
    func resolve(_ place: String) throws(ClientProblem) -> String {
        guard let next = URL(string: place, relativeTo: url)?.absoluteURL.absoluteString else {
            throw .badAddress(place)
        }
        return next
    }

    private static func addresses(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        return sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }
            .compactMap { $0?.pointee.ai_addr }.map { Address.text($0) }.filter { !$0.isEmpty }
    }
}
