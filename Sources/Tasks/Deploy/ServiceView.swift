// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One service of one host: what is wanted beside what the facts show. All decisions of the rollout
// are made here, without asking anybody; containers are told apart by their label alone.

package import TaskGraph

/// One service of one host, as wanted and as seen.
package struct ServiceView: Sendable {
  package let service: ReleasedService
  /// What the label of a current container says.
  package let spec: String
  /// Containers that were started as wanted.
  package let current: [RemoteContainer]
  /// Containers that were started as something else.
  package let old: [RemoteContainer]
  private let isApplied: Bool

  /// The service `name`; one that is not wanted on this host is an error.
  package init(
    _ name: String, desired: DesiredHost, facts: HostFacts
  ) throws(TaskError) {
    guard let service = desired.service(name), let spec = desired.specs[name] else {
      throw TaskError(.invariant, "service `\(name)` is not among those of `\(facts.host)`")
    }
    self.service = service
    self.spec = spec
    let containers = facts.containers.filter { $0.service == name && !$0.isOneOff }
    current = containers.filter { $0.spec == spec }
    old = containers.filter { $0.spec != spec }
    isApplied = facts.receipt?.digest == desired.digest
  }

  /// Whether as many as wanted were started; one that the engine restarts counts, since whether it
  /// works is asked later.
  package var isStarted: Bool {
    current.count { $0.state == "running" || $0.state == "restarting" } >= service.replicas
  }

  /// Whether as many as wanted run and work.
  package var isHealthy: Bool {
    current.count { container in
      guard container.state == "running" else { return false }
      if container.health == "none" { return container.restarts == 0 }
      return container.health == "healthy"
    } >= service.replicas
  }

  /// Whether nothing is there but what is wanted.
  package var isAlone: Bool { old.isEmpty && current.count <= service.replicas }

  /// Whether a job ran to its end as wanted; that it did stays true when somebody cleans up later.
  package var isCompleted: Bool {
    isApplied || current.contains { $0.state == "exited" && $0.exitCode == 0 }
  }

  /// Whether nothing of the service is left to do.
  package var isCurrent: Bool {
    service.strategy == .job ? isCompleted : isStarted && isHealthy && isAlone
  }

  /// What is there, in words, for a reason: `1 of another release, 1 running`.
  package var summary: String {
    var parts: [String] = []
    if !old.isEmpty { parts.append("\(old.count) of another release") }
    var states: [String: Int] = [:]
    for container in current {
      let isTested = container.state == "running" && container.health != "none"
      states[isTested ? container.health : container.state, default: 0] += 1
    }
    for (state, count) in states.sorted(by: { $0.key < $1.key }) {
      parts.append("\(count) \(state)")
    }
    return parts.isEmpty ? "no container" : parts.joined(separator: ", ")
  }
}
