// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import Identity
import Journal
import Media
import Storage

/// The pages of Identity: desks, people's own accounts, duties and administration.
public struct AccountSlice: Sendable {
    let database: Database
    let ledger: Ledger
    let directory: Directory
    let appointments: Appointments
    let accounts: Accounts
    let signIn: SignIn
    let sessions: Sessions
    let city: City
    let feed: LiveFeed
    let workshop: PictureWorkshop
    let pictures: PictureStore
    /// The sign-ins that the demo shows; none in a real city.
    let signInHints: [SignInHint]

    public init(
        database: Database, ledger: Ledger, directory: Directory, appointments: Appointments, accounts: Accounts,
        signIn: SignIn, sessions: Sessions, city: City, feed: LiveFeed, workshop: PictureWorkshop,
        pictures: PictureStore, signInHints: [SignInHint] = []
    ) {
        self.database = database
        self.ledger = ledger
        self.directory = directory
        self.appointments = appointments
        self.accounts = accounts
        self.signIn = signIn
        self.sessions = sessions
        self.city = city
        self.feed = feed
        self.workshop = workshop
        self.pictures = pictures
        self.signInHints = signInHints
    }
}
