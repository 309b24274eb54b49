// SPDX-License-Identifier: AGPL-3.0-or-later
import COpenCC
import Foundation
import Synchronization

/// Cuts text into the words that the search index holds.
///
/// Text is normalised (NFKC, lower case, traditional to simplified). Latin scripts and figures are cut into words;
/// a run of Chinese characters into overlapping pairs and, alone, its last character, so that 交警大队 is found by
/// 交警, by 大队 and, as a prefix, by 警.
public enum SearchText {
    /// A piece of a query: words that must follow each other, or the beginning of a word.
    enum Term: Equatable {
        case phrase([String])
        case prefix(String)
    }

    /// The words of a text in their order, as they are indexed.
    public static func words(_ text: String) -> [String] {
        runs(text).flatMap { run in run.isHan ? pairs(run.characters) + [String(run.characters.last!)] : [run.text] }
    }

    /// What a query asks for. All terms must be met.
    static func terms(_ query: String) -> [Term] {
        runs(query).prefix(12).map { run in
            guard run.isHan else { return .prefix(run.text) }
            return run.characters.count == 1 ? .prefix(run.text) : .phrase(pairs(run.characters))
        }
    }

    private struct Run {
        var characters: [Character]
        let isHan: Bool
        var text: String { String(characters) }
    }

    private static func pairs(_ characters: [Character]) -> [String] {
        zip(characters, characters.dropFirst()).map { String([$0, $1]) }
    }

    private static func runs(_ text: String) -> [Run] {
        var runs: [Run] = []
        var isOpen = false
        for character in simplified(text.precomposedStringWithCompatibilityMapping.lowercased()) {
            guard let scalar = character.unicodeScalars.first, character.isLetter || character.isNumber else {
                isOpen = false
                continue
            }
            let isHan = isHan(scalar)
            if isOpen, runs[runs.count - 1].isHan == isHan {
                runs[runs.count - 1].characters.append(character)
            } else {
                runs.append(Run(characters: [character], isHan: isHan))
            }
            isOpen = true
        }
        return runs
    }

    private static func isHan(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3400...0x4dbf, 0x4e00...0x9fff, 0xf900...0xfaff, 0x20000...0x3ffff, 0x3005, 0x3007: true
        default: false
        }
    }

    /// Traditional characters as simplified ones. Text that has none comes back as it was.
    static func simplified(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHan) else { return text }
        return converter.withLock { $0.convert(text) }
    }

    private static let converter = Mutex(Converter())
}

/// OpenCC's converter from traditional to simplified characters. Its words lie in the package libopencc-data.
private struct Converter: ~Copyable {
    private let handle: opencc_t?

    init() {
        let opened = opencc_open("t2s.json")
        // opencc_open answers failure with (opencc_t)-1.
        handle = opened == opencc_t(bitPattern: -1) ? nil : opened
    }

    func convert(_ text: String) -> String {
        guard let handle, let converted = opencc_convert_utf8(handle, text, text.utf8.count) else { return text }
        defer { opencc_convert_utf8_free(converted) }
        return String(cString: converted)
    }
}
