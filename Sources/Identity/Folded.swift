// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// Names as they are compared: full-width and half-width, upper and lower case are the same name.
enum Folded {
    static func name(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased().precomposedStringWithCanonicalMapping
    }
}
