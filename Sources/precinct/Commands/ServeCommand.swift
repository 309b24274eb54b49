// SPDX-License-Identifier: AGPL-3.0-or-later

enum ServeCommand: Command {
    static let name = "serve"
    static let summary = "Serves a city."
    static let options = ServingOptions.options

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let home = Home(arguments)
        let options = try ServingOptions(arguments, home: home)
        let services = try await CityServices.open(home) { say("Migrating: \($0)") }
        if try await services.directory.counts().desks == 0 {
            say("There is no desk yet: precinct desk add, or precinct desk import FILE.")
        }
        try await Serving(services: services, options: options).run()
        return 0
    }
}
