// SPDX-License-Identifier: AGPL-3.0-or-later
import Account
import Foundation
import HTTP
import Identity

enum DemoCommand: Command {
    static let name = "demo"
    static let summary = "Serves the demo city 清泉市 (Qingquan), with people for every duty. On this machine only."
    static let options = ServingOptions.options

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let bind = arguments["bind"] ?? "127.0.0.1"
        // Everybody can read the demo's passwords.
        guard bind.hasPrefix("127.") || bind == "::1" else {
            throw UsageProblem(line: "the demo listens on a loopback address only, not on \(bind)")
        }
        let home = Home(arguments, standard: "data/demo")
        let options = try ServingOptions(arguments, home: home)
        let file = try demoCity()
        let services = try await CityServices.open(home)
        if try await services.directory.counts().desks == 0 { try await found(file, services) }
        let hints = (file.people ?? []).map {
            SignInHint(name: $0.name, password: $0.password, note: $0.note ?? Localized())
        }
        try await Serving(services: services, options: options, signInHints: hints).run()
        return 0
    }

    private static func demoCity() throws -> CityFile {
        guard let url = Bundle.module.url(forResource: "Demo/qingquan", withExtension: "json") else {
            throw PlainFailure(line: "the demo city is missing beside the program")
        }
        return try JSONDecoder().decode(CityFile.self, from: Data(contentsOf: url))
    }

    private static func found(_ file: CityFile, _ services: CityServices) async throws {
        say("Founding 清泉市: \(file.desks.count) desks, \(file.people?.count ?? 0) people.")
        try await services.founding.take(file) { _ in }
        try await services.founding.welcome(file.people ?? []) { _ in }
    }
}
