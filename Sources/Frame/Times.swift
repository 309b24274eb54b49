// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Markup
import Storage

/// Times as people nearby say them, with the exact one in `datetime` and on hover.
///
/// The words are those of the moment at which the page was made; a small module keeps them true in an open page.
public struct Times: Sendable {
    private let words: Words
    private let zone: TimeZone

    public init(_ words: Words, zone: TimeZone = .current) {
        self.words = words
        self.zone = zone
    }

    /// A `time` element. A kept page grows old, so it shows the day and the hour; the module makes "3 分钟前" of it.
    public func element(_ time: Timestamp) -> HTML {
        """
        <time datetime="\(time.iso8601)" title="\(exact(time))">\(exact(time))</time>
        """
    }

    /// `2010年8月19日 06:53` or `19 August 2010, 06:53`.
    public func exact(_ time: Timestamp) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: time.date)
        func two(_ number: Int?) -> String { String(format: "%02d", number ?? 0) }
        return words(
            "time.exact",
            [
                "year": String(parts.year ?? 0), "month": words("time.month.\(parts.month ?? 1)"),
                "day": String(parts.day ?? 0), "hour": two(parts.hour), "minute": two(parts.minute)
            ])
    }
}
