// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Foundation
import Frame
import HTTP
import Journal
import Storage
import Workers

enum DoctorCommand: Command {
    static let name = "doctor"
    static let summary = "Checks libraries, database, disk, clock and configuration, and says what to do about each."
    static let options =
        Home.options + [Option("site", "URL", "the site's public address: checks that it answers there")]

    static func run(_ arguments: Arguments) async throws -> Int32 {
        let home = Home(arguments)
        var findings = [packages(), words(), key(home), disk(home), clock()]
        findings += await database(home)
        if let address = arguments["site"] { findings.append(await site(address)) }
        for finding in findings {
            say("\(finding.isGood ? "ok  " : "BAD ") \(finding.what)")
            if !finding.isGood { say("     \(finding.advice)") }
        }
        return findings.allSatisfy(\.isGood) ? 0 : 1
    }

    private struct Finding {
        let what: String
        let isGood: Bool
        var advice = ""
    }

    /// The Debian packages of packages.txt, as far as this machine's package manager knows them.
    private static func packages() -> Finding {
        guard let url = Bundle.module.url(forResource: "packages", withExtension: "txt"),
            let text = try? String(contentsOf: url, encoding: .utf8)  // unreadable is reported like absent
        else {
            return Finding(what: "package list", isGood: false, advice: "packages.txt is missing beside the program")
        }
        let wanted = PackageList.names(text, section: "run")
        let missing = wanted.filter { !PackageList.isInstalled($0) }
        return Finding(
            what: "libraries: \(wanted.count - missing.count) of \(wanted.count) packages",
            isGood: missing.isEmpty, advice: "apt-get install " + missing.joined(separator: " "))
    }

    private static func words() -> Finding {
        do {
            let languages = try Languages.load()
            _ = try Assets.load()
            return Finding(
                what: "languages: \(languages.tags.joined(separator: ", "))", isGood: languages.tags.count > 1)
        } catch {
            return Finding(what: "languages", isGood: false, advice: "copy the .resources folders beside the program")
        }
    }

    private static func key(_ home: Home) -> Finding {
        guard FileManager.default.fileExists(atPath: home.keyPath) else {
            return Finding(what: "key: none yet; the first start makes one", isGood: true)
        }
        do {
            _ = try CityKey.file(at: home.keyPath)
            return Finding(what: "key: \(home.keyPath)", isGood: true)
        } catch {
            return Finding(what: "key: \(home.keyPath)", isGood: false, advice: FailureLine.text(error))
        }
    }

    private static func disk(_ home: Home) -> Finding {
        var status = statvfs()
        let path = FileManager.default.fileExists(atPath: home.folder) ? home.folder : "."
        guard statvfs(path, &status) == 0 else {
            return Finding(what: "disk", isGood: false, advice: "\(path) can't be examined")
        }
        let free = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
        return Finding(
            what: "disk: \(free) MiB free for \(home.folder)", isGood: free > 1024 && access(path, W_OK) == 0,
            advice: "make room (1 GiB at least) and see that the folder can be written")
    }

    private static func clock() -> Finding {
        let now = Date()
        var year = Calendar(identifier: .gregorian)
        year.timeZone = .gmt
        let isSane = year.component(.year, from: now) >= 2024
        return Finding(
            what: "clock: \(now.formatted(.iso8601)), zone \(TimeZone.current.identifier)", isGood: isSane,
            advice: "set the clock, and keep it set with NTP: codes and time limits depend on it")
    }

    /// Asks the site for its health as the outside would: by its public name, through its proxy.
    private static func site(_ address: String) async -> Finding {
        let pool = WorkerPool(name: "doctor", threads: 1, queue: 1)
        defer { pool.shutdown() }
        let place = (address.hasSuffix("/") ? String(address.dropLast()) : address) + "/healthz"
        do {
            let answer = try await HTTPClient(pool: pool).send(.get, place)
            return Finding(
                what: "site: \(place) answers \(answer.status)", isGood: answer.status == 200,
                advice: "see the server's log: the database may be out of reach")
        } catch {
            return Finding(what: "site: \(place)", isGood: false, advice: SiteAdvice.text(error))
        }
    }

    private static func database(_ home: Home) async -> [Finding] {
        if home.databaseURL == nil, !FileManager.default.fileExists(atPath: home.sqlitePath) {
            return [Finding(what: "database: none in \(home.folder) yet; the first start makes one", isGood: true)]
        }
        do {
            let database = try home.open()
            let applied = try await database.appliedMigrations()
            let missing = Home.migrations.filter { !applied.contains($0.id) }.count
            var findings = [
                Finding(
                    what: "database: \(home.databaseURL == nil ? "SQLite" : "PostgreSQL"), \(applied.count) steps",
                    isGood: missing == 0, advice: "precinct migrate: \(missing) steps are missing")
            ]
            if missing == 0 {
                let broken = try await database.read(slow: true) { try Ledger().firstBreak(in: $0) }
                findings.append(
                    Finding(
                        what: "journal: \(broken.map { "the chain breaks at entry \($0)" } ?? "the chain holds")",
                        isGood: broken == nil,
                        advice: "entries were changed behind Precinct's back: compare with a backup"))
            }
            await database.close()
            return findings
        } catch {
            return [Finding(what: "database", isGood: false, advice: FailureLine.text(error))]
        }
    }
}

/// What to do when the site does not answer from outside.
private enum SiteAdvice {
    static func text(_ error: any Error) -> String {
        switch error {
        case ClientProblem.badAddress(let address): "'\(address)' is no web address"
        case ClientProblem.unknownHost(let host): "the name \(host) leads nowhere: check the DNS"
        case ClientProblem.refusedAddress(let address): "\(address) is not public: give the address that citizens use"
        case ClientProblem.timeout: "no answer in time: check the proxy and the firewall"
        case ClientProblem.unreachable(let why): "\(why): check the proxy, its certificate and the firewall"
        default: "\(error)"
        }
    }
}

/// The list of Debian packages that the Makefile installs: `# section` lines, then a package a line.
enum PackageList {
    static func names(_ text: String, section: String) -> [String] {
        var isInside = false
        var names: [String] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                isInside = line.dropFirst(2) == section
            } else if isInside, !line.hasPrefix("#") {
                names.append(line.trimmingCharacters(in: .whitespaces))
            }
        }
        return names
    }

    static func isInstalled(_ package: String) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/dpkg-query")
        process.arguments = ["-W", "-f=${Status}", package]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = Pipe()
        // Without dpkg nothing can be said; the program runs, so its libraries are there.
        guard (try? process.run()) != nil else { return true }
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return said.contains("ok installed")
    }
}
