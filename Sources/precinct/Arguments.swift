// SPDX-License-Identifier: AGPL-3.0-or-later

/// An option of a command; one without a placeholder is a switch.
struct Option: Sendable {
    let name: String
    let placeholder: String?
    let help: String

    init(_ name: String, _ placeholder: String? = nil, _ help: String) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
    }
}

/// A command was called in a way that it doesn't understand.
struct UsageProblem: Error {
    let line: String
}

/// The words after a command, checked against its options.
struct Arguments {
    private var values: [String: String] = [:]
    private var switches: Set<String> = []
    let operands: [String]

    init(_ words: [String], options: [Option], operands names: [String]) throws {
        var found: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--"), word.count > 2 else {
                found.append(word)
                continue
            }
            let halves = word.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
            guard let option = options.first(where: { $0.name == halves.first }) else {
                throw UsageProblem(line: "there is no option \(word)")
            }
            if option.placeholder == nil {
                switches.insert(option.name)
            } else if halves.count == 2 {
                values[option.name] = halves[1]
            } else if let value = rest.popFirst() {
                values[option.name] = value
            } else {
                throw UsageProblem(line: "--\(option.name) needs a value")
            }
        }
        guard found.count == names.count else {
            throw UsageProblem(
                line: found.count < names.count
                    ? "\(names[found.count]) is missing" : "'\(found[names.count])' is one word too many")
        }
        operands = found
    }

    subscript(name: String) -> String? { values[name] }
    func has(_ name: String) -> Bool { switches.contains(name) }

    /// The value of an option as a number.
    func number<T: FixedWidthInteger>(_ name: String, default fallback: T) throws -> T {
        guard let text = values[name] else { return fallback }
        guard let number = T(text) else { throw UsageProblem(line: "--\(name) takes a number, not '\(text)'") }
        return number
    }
}
