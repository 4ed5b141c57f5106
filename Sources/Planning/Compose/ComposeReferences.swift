// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Everything outside of itself that a Compose configuration depends on, as a value. Found by
// ComposeReferenceFinder; what it is used for is the planner's business.

/// The files that `docker compose config` reads and the variables it looks up.
package struct ComposeReferences: Sendable, Equatable {
  /// The files, sorted; from the project root when they lie in it, otherwise absolute.
  ///
  /// Files that are looked for and not there are in the list: their absence is an input.
  package let files: [String]
  /// The names of variables, sorted.
  package let variables: [String]
  /// Places on other machines that the configuration includes, sorted; their content is unknown.
  package let remotes: [String]
  /// False when a file could not be understood, so that it may refer to more than is listed.
  package let isComplete: Bool

  /// Makes the value from its parts.
  package init(files: [String], variables: [String], remotes: [String], isComplete: Bool) {
    self.files = files
    self.variables = variables
    self.remotes = remotes
    self.isComplete = isComplete
  }

  /// The variables that change what Compose does, whatever its files say.
  package static let settings = [
    "COMPOSE_COMPATIBILITY", "COMPOSE_CONVERT_WINDOWS_PATHS", "COMPOSE_DISABLE_ENV_FILE",
    "COMPOSE_ENV_FILES", "COMPOSE_EXPERIMENTAL", "COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR",
    "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "DOCKER_DEFAULT_PLATFORM",
  ]
}
