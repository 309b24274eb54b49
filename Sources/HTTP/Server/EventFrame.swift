// SPDX-License-Identifier: AGPL-3.0-or-later

/// One server-sent event, formatted once (WHATWG HTML, section 9.2.6); any number of readers share its bytes.
public final class EventFrame: Sendable {
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - id: what a reader that comes back sends as `Last-Event-ID`. Line ends in it are dropped.
    ///   - data: may have several lines.
    public init(id: String?, event: String?, data: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.utf8.count + 64)
        if let id { Self.add("id: ", id.utf8.filter(Self.isOfLine), to: &bytes) }
        if let event { Self.add("event: ", event.utf8.filter(Self.isOfLine), to: &bytes) }
        var rest = Array(data.utf8)[...]
        while true {
            let line = rest.prefix { $0 != 10 && $0 != 13 }
            Self.add("data: ", line, to: &bytes)
            rest = rest[line.endIndex...]
            guard let end = rest.popFirst() else { break }
            if end == 13, rest.first == 10 { rest.removeFirst() }
        }
        bytes.append(10)
        self.bytes = bytes
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// A comment, which readers ignore; sending it tells whether they are still there.
    static let heartbeat = EventFrame(bytes: Array(":\n\n".utf8))

    private static func add(_ field: StaticString, _ value: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        field.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: value)
        bytes.append(10)
    }

    /// A NUL in an id makes readers ignore it.
    private static func isOfLine(_ byte: UInt8) -> Bool { byte != 10 && byte != 13 && byte != 0 }
}
