// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The steps of one service on one host, by its strategy, and what ends a host. Which hosts come when is not
// known here.

import TaskGraph
import Tasks

extension DeployPlanning {
  /// The steps of services on hosts, as far as they are planned.
  struct Steps {
    let planning: DeployPlanning
    let uploads: [String: TaskRef<UploadedRelease>]
    let desired: [String: Desired]
    let facts: [String: TaskRef<HostFacts>]
    /// Started and healthy, by service and host.
    private var started: [String: [String: TaskID]] = [:]
    private var healthy: [String: [String: TaskID]] = [:]
    /// The last step of each service, by service and host.
    private var last: [String: [String: TaskID]] = [:]
    /// The receipt of each host that is planned to its end.
    private(set) var done: [String: TaskID] = [:]

    init(
      planning: DeployPlanning, uploads: [String: TaskRef<UploadedRelease>],
      desired: [String: Desired], facts: [String: TaskRef<HostFacts>]
    ) {
      self.planning = planning
      self.uploads = uploads
      self.desired = desired
      self.facts = facts
    }

    /// All that is known to run when what is planned so far is done.
    var reached: [TaskID] {
      healthy.values.flatMap(\.values).sorted { $0.text < $1.text }
    }

    private func site(_ host: Place) -> HostSite? { planning.site(host, desired, facts) }

    /// What a service waits for, as Compose means it: on its own host where that has the other
    /// service, else on all that have it.
    private func conditions(of service: Service, on host: Place) -> [TaskID] {
      // Compose binds it to one of those that there are: only those that stay may be there.
      let homes = service.homes.compactMap { last[$0]?[host.name] }
      return homes
        + service.needs.flatMap { need -> [TaskID] in
          let reached = need.condition == .started ? started[need.service] : healthy[need.service]
          guard let reached else { return [] }
          if let here = reached[host.name] { return [here] }
          return reached.values.sorted { $0.text < $1.text }
        }
    }

    mutating func add(
      _ service: Service, on host: Place, after gates: [TaskID], to graph: inout Graph
    ) throws(GraphError) {
      guard let site = site(host), let upload = uploads[host.name] else { return }
      let name = service.name
      let after =
        gates + conditions(of: service, on: host) + [site.desired.id, site.facts.id, upload.id]
      let policy = planning.policy(.rollout, host, name)
      func id(_ step: String) -> TaskID { planning.id(host, "rollout/\(name)/\(step)") }
      switch service.strategy {
      case .rolling:
        let start = try graph.add(
          ServiceStart(id: id("start"), site: site, service: name, upload: upload),
          after: after, policy: policy)
        let health = try graph.add(
          ServiceHealth(id: id("healthy"), site: site, service: name, upload: upload),
          after: after + [start.id], policy: policy)
        let retire = try graph.add(
          ServiceRetire(id: id("retire"), site: site, service: name, upload: upload),
          after: after + [start.id, health.id], policy: policy)
        note(name, host, started: start.id, healthy: health.id, last: retire.id)
      case .recreate:
        let replace = try graph.add(
          ServiceReplace(id: id("replace"), site: site, service: name, upload: upload),
          after: after, policy: policy)
        let health = try graph.add(
          ServiceHealth(id: id("healthy"), site: site, service: name, upload: upload),
          after: after + [replace.id], policy: policy)
        note(name, host, started: replace.id, healthy: health.id, last: health.id)
      case .job:
        let job = try graph.add(
          ServiceJob(id: id("job"), site: site, service: name, upload: upload),
          after: after, policy: policy)
        note(name, host, started: job.id, healthy: job.id, last: job.id)
        return
      case .dockerRollout:
        let rollout = try graph.add(
          DockerRollout(id: id("docker-rollout"), site: site, service: name, upload: upload),
          after: after, policy: policy)
        note(name, host, started: rollout.id, healthy: rollout.id, last: rollout.id)
      }
      let causes = service.restartsWith.filter { last[$0]?[host.name] != nil }
      guard !causes.isEmpty, let end = last[name]?[host.name] else { return }
      let restart = try graph.add(
        ServiceRestart(
          id: id("restart"), site: site, service: name, upload: upload, causes: causes),
        after: [end, site.desired.id, site.facts.id, upload.id]
          + causes.compactMap { last[$0]?[host.name] }, policy: policy)
      note(name, host, started: restart.id, healthy: restart.id, last: restart.id)
    }

    private mutating func note(
      _ service: String, _ host: Place, started: TaskID, healthy: TaskID, last: TaskID
    ) {
      self.started[service, default: [:]][host.name] = started
      self.healthy[service, default: [:]][host.name] = healthy
      self.last[service, default: [:]][host.name] = last
    }

    /// What comes after all services of a host; returns its receipt.
    mutating func finish(
      _ host: Place, to graph: inout Graph
    ) throws(GraphError) -> TaskID? {
      guard let site = site(host), let upload = uploads[host.name] else { return nil }
      let before =
        last.values.compactMap { $0[host.name] }.sorted { $0.text < $1.text }
        + [site.desired.id, site.facts.id, upload.id]
      let orphans = try graph.add(
        OrphanRemoval(
          id: planning.id(host, "orphans"), site: site, upload: upload, scope: host.removable),
        after: before, policy: planning.policy(.rollout, host))
      let receipt = try graph.add(
        HostReceiptTask(
          id: planning.id(host, "receipt"), site: site, upload: upload,
          deployed: Set(host.target.services),
          removed: host.removable),
        after: before + [orphans.id], policy: planning.policy(.rollout, host))
      try graph.add(
        HostPrune(
          id: planning.id(host, "prune"), site: site, upload: upload,
          keep: planning.keepReleases),
        after: before + [receipt.id], policy: planning.policy(.finalize, host))
      done[host.name] = receipt.id
      return receipt.id
    }
  }
}
