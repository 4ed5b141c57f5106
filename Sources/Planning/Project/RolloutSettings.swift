// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How an environment rolls a release out over its hosts, and how hosts are split into waves. Knows no
// host and no service.

package import Tasks

/// The `rollout` section of an environment.
package struct RolloutSettings: Sendable, Hashable {
  /// What happens when more hosts failed than may.
  package enum FailureResponse: String, Sendable, Hashable, CaseIterable {
    /// Hosts in flight finish, no further host is begun.
    case stop
    /// Hosts in flight finish, then hosts that were changed go back to what they ran.
    case rollback
  }

  /// The strategy of services that choose none; nil where it follows from the service.
  package var strategy: ReleasedService.Strategy?
  /// How many hosts at once; nil for all.
  package var batch: HostShare?
  /// How many hosts go first, alone; nil for none.
  package var canary: HostShare?
  /// How many hosts may fail before the rollout stops.
  package var maxFailures = 0
  /// What happens then.
  package var onFailure = FailureResponse.stop
  /// How long to wait between two waves.
  package var pause = Duration.zero

  /// All hosts at once; the first failure stops.
  package init() {}

  /// Splits hosts into waves that follow each other: the canary, then batches.
  ///
  /// Shares are of `hosts`, which are those deployed to; every host is in exactly one wave, so that no
  /// wave can wait for one that never comes.
  package func waves(_ hosts: [String]) -> [[String]] {
    var rest = hosts[...]
    var waves: [[String]] = []
    if let canary, !rest.isEmpty {
      let size = canary.of(hosts.count)
      waves.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    let size = batch?.of(hosts.count) ?? hosts.count
    while !rest.isEmpty {
      waves.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return waves
  }
}
