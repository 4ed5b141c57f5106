// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What planning decided for one service on one host. Holds nothing secret.

package import TaskGraph

/// How one service is brought to one host.
package struct ServiceRollout: Sendable, Hashable {
  /// Where its image comes from.
  package enum Image: Sendable, Hashable {
    /// The one that the Compose file names.
    case named
    /// One that was pushed.
    case pushed(TaskRef<PushedImage>)
    /// One of the operator's engine, without a registry.
    case built(TaskRef<BuiltImage>)
  }

  /// The service.
  package let name: String
  package var image: Image
  package var choice: StrategyChoice
  /// nil: as the Compose file says.
  package var replicas: Int?
  package var drainSeconds = 0
  /// nil: as the label `docker-rollout.pre-stop-hook` says.
  package var preStop: [String]?
  /// nil: from the health settings of the Compose file.
  package var healthSeconds: Int?
  /// nil: as ``ReleasedService`` has it.
  package var settleSeconds: Int?

  /// A service of which nothing is said beside its Compose file.
  package init(_ name: String, choice: StrategyChoice, image: Image = .named) {
    self.name = name
    self.choice = choice
    self.image = image
  }
}
