// SPDX-License-Identifier: AGPL-3.0-or-later

@main
struct Program {
    static func main() async {
        print("precinct")
    }
}
