// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One environment a project can be brought to. Keeps what has a meaning today as values and the
// rest, checked against the schema, as the node that was read.

package import YAML

/// One entry of `environments:`.
package struct EnvironmentSettings: Sendable {
  /// The name that `--env` selects.
  package let name: String
  /// How the environment is reached, such as `local`.
  package let driver: String
  /// The env file from the project root; nil when none is given.
  package let envFile: Reference?
  /// The whole section as written, checked against the schema.
  package let section: Node
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes settings from their parts.
  package init(
    name: String, driver: String, envFile: Reference? = nil, section: Node,
    location: SourceLocation
  ) {
    self.name = name
    self.driver = driver
    self.envFile = envFile
    self.section = section
    self.location = location
  }
}
