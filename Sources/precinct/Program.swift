// SPDX-License-Identifier: AGPL-3.0-or-later

/// The entry point. It does nothing else: C callbacks and continuations written inside `@main` abort at run time.
@main
enum Program {
    static func main() async {
        await CommandLineProgram.run()
    }
}
