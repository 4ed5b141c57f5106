// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where a command runs: the project that its directory belongs to, and the variables of the process.

import Planning

/// Where a command runs.
struct Place: Sendable {
  let location: ProjectLocation
  /// The variables that the process was started with.
  let environment: [String: String]

  /// Finds the project at or above the current directory.
  init(_ settings: Settings) throws(ProjectError) { try self.init(config: settings.config) }

  /// Finds the project that `config` names, or the one at or above the current directory.
  init(config: String?) throws(ProjectError) {
    location = try ProjectLocator.locate(
      config: config, from: try ProcessVariables.currentDirectory())
    environment = ProcessVariables.all
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
}
