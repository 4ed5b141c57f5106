// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One service of one host: what is wanted beside what the facts show. All decisions of the rollout
// are made here, without asking anybody; containers are told apart by their label, and by whether
// those in which they live are the right ones.

package import TaskGraph

/// One service of one host, as wanted and as seen.
package struct ServiceView: Sendable {
  package let service: ReleasedService
  /// What the label of a current container says.
  package let spec: String
  /// Containers that were started as wanted.
  package let current: [RemoteContainer]
  /// Containers that were started as something else, that live in one that is gone, and those that are
  /// ``kept``.
  package let old: [RemoteContainer]
  /// Containers that were stopped for new ones, and are kept until these work.
  package let kept: [RemoteContainer]
  /// Those of `old` that are as wanted, but live in a container that is gone or was started again.
  package let cutOff: [RemoteContainer]
  /// Ties to services whose containers are yet to be replaced.
  private let changing: [ServiceTie]
  /// The services in whose stead this one is restarted, as far as they were or will be replaced.
  package let restartCauses: [String]
  private let isApplied: Bool
  /// When what runs now was seen to be as wanted, in seconds since 1970; nil where nobody wrote it down.
  private let applied: Int64?

  /// The service `name`; one that is not wanted on this host is an error.
  ///
  /// `leaving` are services that stay as they are, whatever they are to be.
  package init(
    _ name: String, desired: DesiredHost, facts: HostFacts, leaving: Set<String> = []
  ) throws(TaskError) {
    try self.init(name, desired: desired, facts: facts, leaving: leaving, below: [])
  }

  private init(
    _ name: String, desired: DesiredHost, facts: HostFacts, leaving: Set<String>,
    below: Set<String>
  ) throws(TaskError) {
    guard let service = desired.service(name), let spec = desired.specs[name] else {
      throw TaskError(.invariant, "service `\(name)` is not among those of `\(facts.host)`")
    }
    self.service = service
    self.spec = spec
    let containers = facts.containers.filter { $0.service == name && !$0.isOneOff }
    func other(_ name: String) -> ServiceView? {
      guard !below.contains(name), desired.service(name) != nil else { return nil }
      // The one error is that of a service that is not wanted here, which was just looked at.
      return try? ServiceView(
        name, desired: desired, facts: facts, leaving: leaving, below: below.union([name]))
    }
    var living: [(tie: ServiceTie, homes: [RemoteContainer])] = []
    var changing: [ServiceTie] = []
    for tie in service.ties ?? [] {
      let all = facts.containers.filter { $0.service == tie.service && !$0.isOneOff }
      guard !leaving.contains(tie.service), let other = other(tie.service) else {
        living.append((tie, all))
        continue
      }
      living.append((tie, other.current))
      if !other.isInPlace { changing.append(tie) }
    }
    self.changing = changing
    let kept = containers.filter { container in
      HostScript.keptEndings.contains { container.name.hasSuffix($0) }
    }
    self.kept = kept
    let alike = containers.filter { $0.spec == spec && !kept.contains($0) }
    let cutOff = alike.filter { container in
      !living.allSatisfy { container.lives(in: $0.homes, as: $0.tie.kind) }
    }
    self.cutOff = cutOff
    current = alike.filter { !cutOff.contains($0) }
    old = containers.filter { $0.spec != spec || cutOff.contains($0) || kept.contains($0) }
    let running = current.filter { $0.state == "running" }
    restartCauses = (service.restartsWith ?? []).filter { name in
      guard !leaving.contains(name), let other = other(name) else { return false }
      guard other.isInPlace, other.restartCauses.isEmpty else { return true }
      guard let made = other.current.compactMap({ ReleaseTime($0.created) }).max() else {
        return false
      }
      return running.contains { ReleaseTime($0.started).map { $0 < made } ?? false }
    }
    let receipt = facts.services[name].flatMap { $0.spec == spec ? $0 : nil }
    isApplied = receipt != nil
    applied = receipt.flatMap { $0.since > 0 ? $0.since : nil }
  }

  /// What the scripts of services read first: the label of current containers, then what labels do
  /// not tell: the ids of those that are cut off, and `ends` where one may end.
  package var input: [UInt8] {
    let marks = (mayEnd ? ["ends"] : []) + cutOff.map(\.id)
    return Array(([spec] + marks).joined(separator: " ").utf8) + [UInt8(ascii: "\n")]
  }

  /// Whether a new container that ends with status 0 has done what it is for: where something of the
  /// service runs, that must be written down.
  package var mayEnd: Bool {
    switch service.end {
    case nil: false
    case .written: true
    case .likely:
      !old.contains { $0.state == "running" }
        && !current.contains { $0.state == "exited" && !isDone($0) }
    }
  }

  /// Whether a container came to the end that it may come to.
  ///
  /// One that may only likely end must have done so soon, and before it was taken for done: else somebody
  /// may have stopped it.
  private func isDone(_ container: RemoteContainer) -> Bool {
    guard container.state == "exited", container.exitCode == 0 else { return false }
    return switch service.end {
    case nil: false
    case .written: true
    case .likely:
      (container.secondsRun.map { $0 <= service.settleSeconds + 1 } ?? false)
        && wasDone(container)
    }
  }

  /// Whether a container had ended when the service was written down as applied.
  private func wasDone(_ container: RemoteContainer) -> Bool {
    guard let applied else { return true }
    guard let finished = ReleaseTime(container.finished) else { return false }
    return finished.nanoseconds / 1_000_000_000 <= applied
  }

  /// The current containers that run and are to be restarted, since what they need was or will be
  /// replaced.
  package var restarting: [RemoteContainer] {
    restartCauses.isEmpty ? [] : current.filter { $0.state == "running" }
  }

  /// Whether the containers that others live in, or know, stay: one beside them is no replacement.
  private var isInPlace: Bool {
    switch service.strategy {
    case .job: isCompleted
    case .rolling: service.replicas == 0 || current.contains(where: isUp)
    case .recreate, .dockerRollout: isStarted && isAlone
    }
  }

  private func isUp(_ container: RemoteContainer) -> Bool {
    container.state == "running" || container.state == "restarting" || isDone(container)
  }

  /// Whether as many as wanted were started; one that the engine restarts counts, since whether it
  /// works is asked later.
  package var isStarted: Bool {
    current.count(where: isUp) >= service.replicas
  }

  /// Whether as many as wanted run and work.
  package var isHealthy: Bool {
    current.count { container in
      if isDone(container) { return true }
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
    service.strategy == .job ? isCompleted : isStarted && isHealthy && isAlone && restarting.isEmpty
  }

  /// The containers that are taken away once what is wanted works.
  package var leaving: [RemoteContainer] { service.replicas == 0 ? old + current : old }

  /// What is there, in words, for a reason: `1 of another release, 1 running`.
  package var summary: String {
    var parts: [String] = []
    if service.replicas == 0 { parts.append("all containers of `\(service.name)` are to stop") }
    let others = old.count - cutOff.count
    if others > 0 { parts.append("\(others) of another release") }
    if !cutOff.isEmpty, changing.isEmpty {
      let ties = (service.ties ?? []).map { "\($0.what) as it was before" }
      parts.append("\(cutOff.count) shares " + ties.joined(separator: " and "))
    }
    if !old.isEmpty { parts += changing.map { "shares \($0.what), which is replaced" } }
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
