// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Foundation
import Identity
import Journal
import Media
import Storage
import Workers

/// The rules and stores of one city, put together: what the server and the shell's commands both need.
struct CityServices {
    let database: Database
    let ledger: Ledger
    let directory: Directory
    let appointments: Appointments
    let accounts: Accounts
    let city: City
    let passwordPool: WorkerPool

    /// Opens a city, bringing its schema up to date first.
    static func open(_ home: Home, progress: @escaping @Sendable (String) -> Void = { _ in }) async throws
        -> CityServices
    {
        try home.prepare()
        let database = try home.open()
        try await database.migrate(Home.migrations, progress: progress)
        let key = try CityKey.file(at: home.keyPath)
        return try await CityServices(database, Sealer(key: key.key(for: .sealing)))
    }

    private init(_ database: Database, _ sealer: Sealer) async throws {
        self.database = database
        ledger = Ledger()
        directory = Directory(database: database, ledger: ledger)
        appointments = Appointments(directory: directory)
        passwordPool = WorkerPool(name: "password", threads: 2, queue: 200)
        accounts = Accounts(database: database, passwords: Passwords(pool: passwordPool), sealer: sealer)
        city = try await City(database: database, ledger: ledger)
    }

    var founding: Founding {
        Founding(directory: directory, accounts: accounts, appointments: appointments, city: city)
    }

    func close() async {
        passwordPool.shutdown()
        await database.close()
    }
}
