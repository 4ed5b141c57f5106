// swift-tools-version: 6.2
// SPDX-License-Identifier: AGPL-3.0-or-later

import PackageDescription

/// What the pages of `plan --format html` and of `report` are made of.
let pageParts = [
  "page.html", "page.css", "model.js", "shapes.js", "graph.js", "draw.js", "timeline.js", "list.js",
  "details.js", "main.js",
]

/// Targets stand in one line: each imports only what stands above it.
let package = Package(
  name: "stagecraft",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "stagecraft", targets: ["stagecraft"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(
      url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "CLibYAML", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .target(name: "YAML", dependencies: ["CLibYAML"]),
    .target(
      name: "Cache",
      dependencies: [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "TaskGraph",
      dependencies: ["Cache", .product(name: "SystemPackage", package: "swift-system")],
      // Part of the program, which stays one file.
      resources: pageParts.map { .embedInCode("Picture/Page/\($0)") }),
    .target(
      name: "Tasks",
      dependencies: [
        "TaskGraph", "Cache", "YAML",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "Planning",
      dependencies: [
        "Tasks", "TaskGraph", "Cache", "YAML",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .executableTarget(
      name: "stagecraft",
      dependencies: [
        "Planning", "Tasks", "TaskGraph", "Cache", "YAML",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    .target(
      name: "TestSupport",
      dependencies: [
        "Cache", "TaskGraph", .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/TestSupport"),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"]),
    .testTarget(name: "CacheTests", dependencies: ["Cache", "TestSupport"]),
    .testTarget(
      name: "TaskGraphTests",
      dependencies: [
        "TaskGraph", "Cache", "TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ], exclude: ["Keys.txt"]),
    .testTarget(
      name: "TasksTests",
      dependencies: [
        "Tasks", "TaskGraph", "Cache", "YAML", "TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .testTarget(
      name: "PlanningTests",
      dependencies: ["Planning", "Tasks", "TaskGraph", "Cache", "YAML", "TestSupport"]),
    .testTarget(
      name: "StagecraftTests",
      dependencies: [
        "stagecraft", "TestSupport", .product(name: "SystemPackage", package: "swift-system"),
      ], exclude: ["Cases"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["stagecraft", "Planning", "Tasks", "TaskGraph", "Cache", "TestSupport"]),
  ]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
  ]
}
