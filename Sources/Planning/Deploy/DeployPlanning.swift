// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The part of a graph that brings hosts to what they are to run: the same for a deploy, where what they
// are to run is rendered, and for a rollback, where they know it themselves. Runs nothing.

import TaskGraph
import Tasks

/// Adds the tasks on hosts to a graph.
struct DeployPlanning {
  /// What one host is to run.
  struct Desired {
    let task: TaskRef<DesiredHost>
    /// Images that come from the operator's engine, by service; the others are pulled.
    var carried: [String: TaskRef<BuiltImage>] = [:]
  }

  /// One service as far as the shape of the graph goes.
  struct Service {
    let name: String
    let strategy: ReleasedService.Strategy
    let needs: [ComposeDependency]
    /// The services in whose containers it lives: it is replaced when they are as they stay.
    var homes: [String] = []
    /// The services after whose replacement it is restarted.
    var restartsWith: [String] = []
  }

  /// A host with what it is called by tasks.
  struct Place {
    let target: TargetHost
    let host: Host
    /// What is used again of earlier releases; nil where files are rendered.
    var recalled: HostComposition?
    /// What is known of that here, where the host is not to be asked.
    var remembered: DesiredHost?
    /// Of services that are not wanted those that may be taken away; nil for all.
    var removable: Set<String>?

    var name: String { target.name }
  }

  /// What the gates before waves are called, with the number of the wave behind it.
  static let wavePrefix = "rollout/wave-"
  /// What tells which images services run of those that they name.
  static let imagesID = TaskID("images/digests")

  /// Of a graph that is only looked at.
  private static let noRecord: @Sendable (ReleaseName) -> String = { _ in "" }

  /// Sorted by name.
  let places: [Place]
  /// In the order in which they start.
  let services: [Service]
  let rollout: RolloutSettings
  let keepReleases: Int
  let keepsGoing: Bool
  /// nil where the graph is only looked at.
  let change: HostChange?

  /// The hosts in waves: one that others wait for comes before them, `first` before all, then by name.
  private func waves(first: Set<String>) -> [[Place]] {
    var rest = places.sorted { left, right in
      let isFirst = [left, right].map { !first.isDisjoint(with: $0.target.services) }
      return isFirst[0] == isFirst[1] ? left.name < right.name : isFirst[0]
    }
    var sorted: [Place] = []
    while !rest.isEmpty {
      // Hosts that wait for each other have no order: then the first one by name goes.
      let next = rest.firstIndex { place in
        !rest.contains { $0.name != place.name && waits(place, for: $0) }
      }
      sorted.append(rest.remove(at: next ?? 0))
    }
    let byName = Dictionary(uniqueKeysWithValues: sorted.map { ($0.name, $0) })
    return rollout.waves(sorted.map(\.name)).map { $0.compactMap { byName[$0] } }
  }

  /// Whether a service on `place` waits for one that is on `other` and not on its own host.
  private func waits(_ place: Place, for other: Place) -> Bool {
    services.contains { service in
      place.target.services.contains(service.name)
        && service.needs.contains { need in
          other.target.services.contains(need.service)
            && !place.target.services.contains(need.service)
        }
    }
  }

  func policy(
    _ phase: DeployPhase, _ host: Place, _ service: String? = nil
  ) -> TaskPolicy {
    TaskPolicy(
      pool: Pool("ssh:\(host.name)", capacity: 4), phase: phase.rawValue, host: host.name,
      service: service)
  }

  func id(_ host: Place, _ rest: String) -> TaskID {
    TaskID("host/\(host.name)/\(rest)")
  }

  /// What the tasks on a host have in common; nil for one that is not deployed to.
  func site(
    _ place: Place, _ desired: [String: Desired], _ facts: [String: TaskRef<HostFacts>]
  ) -> HostSite? {
    guard let desired = desired[place.name], let facts = facts[place.name] else { return nil }
    return HostSite(
      host: place.host, desired: desired.task, facts: facts, lease: change?.lease,
      leaving: Set(place.target.placed).subtracting(place.target.services))
  }

  /// Asks every host what it is.
  func addFacts(to graph: inout Graph) throws(GraphError) -> [String: TaskRef<HostFacts>] {
    var facts: [String: TaskRef<HostFacts>] = [:]
    for host in places {
      facts[host.name] = try graph.add(
        HostFactsTask(host.host),
        policy: TaskPolicy(
          pool: Pool("ssh", capacity: 16), phase: "prepare", host: host.name))
    }
    return facts
  }

  /// Lays the release on every host; with `names` only where no data of it lies under another name.
  func addUploads(
    _ desired: [String: Desired], _ facts: [String: TaskRef<HostFacts>],
    names: ApplicationNames? = nil, to graph: inout Graph
  ) throws(GraphError) -> [String: TaskRef<UploadedRelease>] {
    var uploads: [String: TaskRef<UploadedRelease>] = [:]
    for host in places {
      guard let site = site(host, desired, facts) else { continue }
      uploads[host.name] = try graph.add(
        HostUpload(
          id: id(host, "upload"), site: site, record: change.map(\.record) ?? Self.noRecord,
          recalled: host.recalled, names: names),
        after: [site.desired.id, site.facts.id], policy: policy(.rollout, host))
    }
    return uploads
  }

  /// Adds what says which hosts are to be changed, where somebody asks: hooks, or the wait between
  /// waves.
  func addChanges(
    _ desired: [String: Desired], _ facts: [String: TaskRef<HostFacts>], isNeeded: Bool,
    to graph: inout Graph
  ) throws(GraphError) -> TaskRef<HostChanges.Output>? {
    guard isNeeded || rollout.pause > .zero else { return nil }
    let sites = places.compactMap { site($0, desired, facts) }
    var policy = TaskPolicy(phase: "prepare")
    policy.toleratedFailures = sites.count
    return try graph.add(
      HostChanges(id: TaskID("rollout/changes"), sites: sites),
      after: sites.flatMap { [$0.desired.id, $0.facts.id] }, policy: policy)
  }

  /// What hooks of the whole change belong to; nil where nobody says which hosts are to be changed.
  func occasion(
    _ changes: TaskRef<HostChanges.Output>?, _ desired: [String: Desired],
    _ facts: [String: TaskRef<HostFacts>], migrations: [MigrationApply] = []
  ) -> HookTask.Occasion? {
    changes.map {
      .hosts(
        places.compactMap { site($0, desired, facts) }, changes: $0, migrations: migrations)
    }
  }

  /// Adds everything between what hosts are to run and the receipts that say that they do; returns the
  /// receipts.
  ///
  /// `before` are tasks that no container may be replaced before, `migrations` those of them that need
  /// these services to run first.
  func add(
    desired: [String: Desired], facts: [String: TaskRef<HostFacts>],
    uploads: [String: TaskRef<UploadedRelease>], changes: TaskRef<HostChanges.Output>?,
    before begin: [TaskID],
    migrate: (_ running: [TaskID], _ graph: inout Graph) throws(GraphError) -> [TaskID],
    migrationServices: Set<String>, to graph: inout Graph
  ) throws(GraphError) -> [TaskID] {
    var ready: [String: TaskID] = [:]
    for host in places {
      guard let wanted = desired[host.name], let site = site(host, desired, facts),
        let upload = uploads[host.name]
      else { continue }
      var arrivals = [upload.id]
      var sent: Set<TaskID> = []
      for name in host.target.services {
        if let image = wanted.carried[name] {
          // One image that several run is sent once.
          guard sent.insert(image.id).inserted else { continue }
          arrivals.append(
            try graph.add(
              ImageTransfer(id: id(host, "image/\(name)"), site: site, image: image),
              after: [site.desired.id, site.facts.id, image.id],
              policy: policy(.rollout, host, name)
            ).id)
        } else {
          arrivals.append(
            try graph.add(
              ImagePull(id: id(host, "pull/\(name)"), site: site, service: name),
              after: [site.desired.id, site.facts.id], policy: policy(.rollout, host, name)
            ).id)
        }
      }
      ready[host.name] = try graph.add(
        Gate(id: id(host, "ready")), after: arrivals, policy: policy(.rollout, host)
      ).id
    }
    // Through a gate: what only has to come before is no part of what a step rests on.
    let begun = try graph.add(
      Gate(id: TaskID("rollout/begin")), after: begin,
      policy: TaskPolicy(phase: DeployPhase.rollout.rawValue)
    ).id
    var steps = Steps(planning: self, uploads: uploads, desired: desired, facts: facts)
    var receipts: [TaskID] = []
    var migrated: [TaskID]?
    var proven: [TaskID] = []
    let early = prerequisites(of: migrationServices)
    let waves = self.waves(first: migrationServices)
    for (number, wave) in waves.enumerated() {
      let planned = Set(steps.done.keys)
      let rest = places.map(\.name).filter { !planned.contains($0) }.compactMap { ready[$0] }
      var gate = TaskPolicy(phase: DeployPhase.rollout.rawValue)
      gate.toleratedFailures = keepsGoing ? places.count : rollout.maxFailures
      var before = steps.done.values.sorted { $0.text < $1.text }
      // However many may fail, the hosts that go first to show whether it works may not.
      var proof = gate
      if number == 1, rollout.canary != nil, !keepsGoing { proof.toleratedFailures = 0 }
      if number > 0, rollout.pause > .zero, let changes {
        let last = waves[number - 1]
        before.append(
          try graph.add(
            WavePause(
              id: TaskID("rollout/pause-\(number)"), hosts: last.map(\.name), changes: changes,
              pause: rollout.pause),
            after: [changes.id] + last.compactMap { steps.done[$0.name] }, policy: proof
          ).id)
      }
      if number == 1, rollout.canary != nil {
        proven = [
          try graph.add(Gate(id: TaskID("rollout/canary")), after: before, policy: proof).id
        ]
      }
      let opened = try graph.add(
        Gate(id: TaskID("\(Self.wavePrefix)\(number + 1)")), after: before + rest, policy: gate
      ).id
      for isEarly in [true, false] {
        if !isEarly, migrated == nil { migrated = try migrate(steps.reached + [opened], &graph) }
        for service in services where early.contains(service.name) == isEarly {
          for host in wave where host.target.services.contains(service.name) {
            let gates = [begun, opened] + proven + (ready[host.name].map { [$0] } ?? [])
            try steps.add(
              service, on: host,
              after: gates + (isEarly ? [] : migrated ?? []), to: &graph)
          }
        }
      }
      for host in wave {
        guard let receipt = try steps.finish(host, to: &graph) else { continue }
        receipts.append(receipt)
      }
    }
    return receipts
  }

  /// These services and all that they wait for.
  private func prerequisites(of names: Set<String>) -> Set<String> {
    var found = names
    // In the order in which they start, backwards: what a service needs stands before it.
    for service in services.reversed() where found.contains(service.name) {
      found.formUnion(service.needs.map(\.service))
    }
    return found
  }
}
