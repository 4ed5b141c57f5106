// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What stagecraft.yml adds to a service of the Compose file. Does not know the Compose file.

package import Tasks

/// One entry of `services:`, at the top or in an environment.
package struct ServiceSettings: Sendable, Hashable {
  /// The service's name, as in the Compose file.
  package let name: String
  /// The tasks that end before the service's image is built.
  package let needs: [Reference]
  /// The host role it runs on; nil when none is given.
  package var role: Reference?
  /// How running containers are replaced; nil when it follows from the service.
  package var strategy: ReleasedService.Strategy?
  /// How many containers on each of its hosts; nil when the Compose file says it.
  package var replicas: Int?
  /// How long to wait between the pre-stop hook and stopping; nil for the default.
  package var drain: Duration?
  /// What runs in an old container before it is stopped; nil for nothing.
  package var preStop: [String]?
  /// How long a new container may take to become healthy; nil when its health check says it.
  package var healthTimeout: Duration?
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes settings from their parts.
  package init(
    name: String, needs: [Reference] = [], role: Reference? = nil, location: SourceLocation
  ) {
    self.name = name
    self.needs = needs
    self.role = role
    self.location = location
  }

  /// These settings, with what `override` says instead.
  package func overridden(by override: ServiceSettings) -> ServiceSettings {
    var result = self
    if let role = override.role { result.role = role }
    if let strategy = override.strategy { result.strategy = strategy }
    if let replicas = override.replicas { result.replicas = replicas }
    if let drain = override.drain { result.drain = drain }
    if let preStop = override.preStop { result.preStop = preStop }
    if let healthTimeout = override.healthTimeout { result.healthTimeout = healthTimeout }
    return result
  }
}
