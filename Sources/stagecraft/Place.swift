// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where a command runs: the project that its directory belongs to, and the variables of the process.

import Planning
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Where a command runs.
struct Place: Sendable {
  let location: ProjectLocation
  /// The variables that the process was started with.
  let environment: [String: String]

  /// Finds the project at or above the current directory.
  init(_ settings: Settings) throws(ProjectError) {
    location = try ProjectLocator.locate(
      config: settings.config, from: FilePath(Self.currentDirectory))
    environment = Self.process
  }

  /// What the user gave to disown all earlier results.
  var salt: String { environment["STAGECRAFT_CACHE_SALT"] ?? "" }

  /// The file of this program.
  var program: String {
    #if os(Linux)
      "/proc/self/exe"
    #else
      CommandLine.arguments.first ?? "stagecraft"
    #endif
  }

  private static var currentDirectory: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }

  /// The variables of the process.
  static var process: [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let pointer = next.pointee {
      let text = String(cString: pointer)
      if let sign = text.firstIndex(of: "=") {
        variables[String(text[..<sign])] = String(text[text.index(after: sign)...])
      }
      next += 1
    }
    return variables
  }
}
