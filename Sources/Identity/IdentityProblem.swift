// SPDX-License-Identifier: AGPL-3.0-or-later

/// What can stand in the way of an act of this floor.
public enum IdentityProblem: Error, Equatable, Sendable {
    /// The principal may not do this here. Shown as "not found" where even the thing's existence is not theirs.
    case notAllowed
    /// There is no such desk, person, duty or session.
    case notFound
    /// The sign-in name, pseudonym or handle is taken.
    case taken(Taken)
    /// Somebody else has changed the desk since the form was opened.
    case changedMeanwhile
    /// The state can't follow the present one.
    case wrongState
    /// Name and password don't go together, or the code is wrong or used.
    case wrongCredentials
    /// Too many attempts from here; try again after so many seconds.
    case tooManyAttempts(retryAfter: Int)
    /// The step was begun too long ago, or never.
    case expired
    /// The last administrator of the bureau or the last operator can't go.
    case lastOne
    /// The person holds duties; they must be dismissed before the account can be deleted.
    case holdsDuties

    public enum Taken: Sendable { case name, pseudonym, handle }
}
