// swift-tools-version: 6.2
// SPDX-License-Identifier: AGPL-3.0-or-later
import PackageDescription

/// The same flags for every build, so that building, testing and measuring share one set of objects.
let flags: [SwiftSetting] = [
    .unsafeFlags(["-Xfrontend", "-warn-long-expression-type-checking=200"]),
    // Rows and pages are made of small generic calls from one module into another: 2 to 3 times as fast so.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
]

/// - Parameter isTestedInside: the tests look at the target's own types, in the one release build too.
func kit(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], isTestedInside: Bool = false
) -> Target {
    let inside: [SwiftSetting] =
        isTestedInside ? [.unsafeFlags(["-enable-testing"], .when(configuration: .release))] : []
    return .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: flags + inside)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: flags)
}

let package = Package(
    name: "precinct",
    products: [.executable(name: "precinct", targets: ["precinct"])],
    targets: [
        // System libraries, one module map each. The Debian packages are listed in packages.txt.
        .systemLibrary(name: "CMicroHTTPD"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq"),
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "COpenSSL"),
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CMarkdown"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CQRCode"),
        .systemLibrary(name: "COpenCC", pkgConfig: "opencc"),
        // C of our own, so that GLib's types stay out of Swift.
        .target(
            name: "CVips",
            cSettings: [
                .unsafeFlags([
                    "-I/usr/include/glib-2.0", "-I/usr/lib/x86_64-linux-gnu/glib-2.0/include",
                    "-I/usr/lib/aarch64-linux-gnu/glib-2.0/include"
                ])
            ],
            linkerSettings: [.linkedLibrary("vips"), .linkedLibrary("gobject-2.0"), .linkedLibrary("glib-2.0")]),

        // Floor 0: kits that know nothing of police. Workers lies under the others.
        kit("Workers", []),
        kit("HTTP", ["Workers", "CMicroHTTPD", "CZlib", "CCurl"], isTestedInside: true),
        kit("Markup", ["CMarkdown"]),
        kit("Storage", ["Workers", "CSQLite", "CPostgreSQL", "COpenCC"]),
        kit("Crypto", ["Workers", "CSodium", "COpenSSL"]),

        // Floor 1
        kit("Journal", ["Storage", "HTTP", "Crypto"]),

        // Floor 2
        kit("Identity", ["Journal", "Storage", "Crypto"]),
        kit("Media", ["Journal", "Storage", "Workers", "CVips", "CQRCode", "Markup"]),

        // Floor 3
        kit(
            "Frame", ["Identity", "Journal", "HTTP", "Markup", "Storage"],
            resources: [.copy("Languages"), .copy("Assets")]),

        // Floor 5
        kit("Account", ["Frame", "Identity", "Media", "Journal", "HTTP", "Markup", "Storage", "Crypto"]),

        // Floor 7
        .executableTarget(
            name: "precinct",
            dependencies: ["Account", "Frame", "Identity", "Media", "Journal", "HTTP", "Storage", "Crypto", "Workers"],
            resources: [.copy("Demo"), .copy("packages.txt")],
            swiftSettings: flags),

        tests("Workers", []),
        tests("HTTP", ["TestWorld"]),
        tests("Markup", []),
        tests("Storage", ["TestWorld"]),
        tests("Crypto", []),
        tests("Journal", ["TestWorld", "Storage", "Identity", "HTTP"]),
        tests("Identity", ["TestWorld", "Storage", "Journal", "Crypto"]),
        tests("Media", ["TestWorld", "Storage", "Workers", "CVips"]),
        tests("Frame", []),
        tests("Account", ["TestWorld", "Frame", "Identity", "HTTP", "Media"]),
        /// A small named world on SQLite and on PostgreSQL, shared by every store test.
        .target(
            name: "TestWorld",
            dependencies: [
                "Account", "Frame", "Identity", "Media", "Journal", "HTTP", "Storage", "Crypto", "Workers"
            ], path: "Tests/TestWorld", swiftSettings: flags)
    ],
    swiftLanguageModes: [.v6]
)
