// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One environment a project can be brought to. Keeps what has a meaning today as values and the
// rest, checked against the schema, as the node that was read.

package import Tasks
package import YAML

/// One entry of `environments:`.
package struct EnvironmentSettings: Sendable {
  /// The name that `--env` selects.
  package let name: String
  /// How the environment is reached: `local` for the operator's own engine, else hosts over ssh.
  package let driver: Reference
  /// The env file from the project root; nil when none is given.
  package var envFile: Reference?
  /// The hosts of this environment; nil where the project's own count.
  package var hosts: HostRoles?
  /// What it says differently of services, in file order.
  package var services: [ServiceSettings] = []
  /// How a release is rolled out.
  package var rollout = RolloutSettings()
  /// Its Compose files from the project root, each merged over those before it; empty where the
  /// project's own count.
  package var compose: [Reference] = []
  /// The profiles whose services run; nil where `COMPOSE_PROFILES` says it.
  package var profiles: [String]?
  /// The Compose project on hosts; nil where it follows from the names of project and environment.
  package var composeProject: Reference?
  /// What is done about images that others make; nil where the project's own setting counts.
  package var images: ImagePolicy?
  /// How many releases stay on a host, the current one among them; at least 1.
  package var keepReleases = 5
  /// How long to wait for the lock of somebody else; nil for not at all.
  package var lockWait: Duration?
  /// The variables whose values are secret, in file order.
  package var secrets: [SecretSource] = []
  /// Volumes and published ports.
  package var overlay = ComposeOverlay()
  /// Services that may live elsewhere, in file order.
  package var externals: [ExternalService] = []
  /// What it says differently of databases, in file order.
  package var databases: [DatabaseOverride] = []
  /// The whole section as written, checked against the schema.
  package let section: Node
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes settings from what every environment has.
  package init(name: String, driver: Reference, section: Node, location: SourceLocation) {
    self.name = name
    self.driver = driver
    self.section = section
    self.location = location
  }

  /// Whether it is the operator's own engine.
  package var isLocal: Bool { driver.name == "local" }

  /// What it says differently of a service.
  package func service(_ name: String) -> ServiceSettings? {
    services.first { $0.name == name }
  }
}
