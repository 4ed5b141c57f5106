// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How one service is deployed in one environment, all settings laid over each other. Knows neither its
// image nor what Compose says of it.

package import Tasks

/// A service that is deployed.
package struct TargetService: Sendable, Hashable {
  package let name: String
  /// The role it runs on; nil where the environment has one host or one role.
  package let role: String?
  /// How running containers are replaced, chosen for this service; nil when nobody did.
  package let strategy: ReleasedService.Strategy?
  /// How they are replaced where it can be done so; nil when it follows from the service.
  package let preferred: ReleasedService.Strategy?
  /// How many containers on each host; nil when the Compose file says it.
  package let replicas: Int?
  /// How long to wait between the pre-stop hook and stopping; nil for the default.
  package let drain: Duration?
  /// Run in each old container before it is stopped; empty for none.
  package let preStop: [String]
  /// How long a new container may take to become healthy; nil when its health check says it.
  package let healthTimeout: Duration?

  /// What `settings` say, in an environment that prefers a strategy.
  init(_ settings: ServiceSettings, preferred: ReleasedService.Strategy?) {
    name = settings.name
    role = settings.role?.name
    strategy = settings.strategy
    self.preferred = preferred
    replicas = settings.replicas
    drain = settings.drain
    preStop = settings.preStop ?? []
    healthTimeout = settings.healthTimeout
  }
}
