// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Markup
import Storage

/// Times as people nearby say them, with the exact one in `datetime` and on hover.
///
/// The words are those of the moment at which the page was made; a small module keeps them true in an open page.
public struct Times: Sendable {
    private let words: Words

    public init(_ words: Words) { self.words = words }

    /// A `time` element. A kept page grows old, so it shows the day and the hour; the module makes "3 分钟前" of it.
    public func element(_ time: Timestamp) -> HTML {
        """
        <time datetime="\(time.iso8601)" title="\(exact(time))">\(exact(time))</time>
        """
    }

    /// `2010年8月19日 06:53` or `19 August 2010, 06:53`, in the zone of the machine, which is the city's.
    public func exact(_ time: Timestamp) -> String {
        var seconds = time_t(time.milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : String(number) }
        return words(
            "time.exact",
            [
                "year": String(parts.tm_year + 1900), "month": words("time.month.\(parts.tm_mon + 1)"),
                "day": String(parts.tm_mday), "hour": two(parts.tm_hour), "minute": two(parts.tm_min)
            ])
    }
}
