// SPDX-License-Identifier: AGPL-3.0-or-later
import Identity

/// Who may use a route. Every route names one; a test tries each against every kind of principal.
public enum Access: Sendable, Hashable {
    /// Anybody.
    case everyone
    /// Anybody who has signed in.
    case signedIn
    /// Anybody who holds a duty, whether acting on it or not.
    case holdsDuty
    /// A principal whose duty allows the act at the desk that `:handle` in the path names.
    case atDesk(Act)
    /// A principal whose duty allows the act at desks below the one that `:handle` names.
    case belowDesk(Act)
    /// A principal whose duty allows the act for the whole city.
    case cityWide(Act)
    /// The machine's own watchers: requests from the loopback address alone.
    case machine
}
