// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A rollback as a goal: hosts are asked what they hold, the release to go back to is chosen, and the
// graph is made of what that release was. Nothing is rendered and nothing is built.

import Cache
package import TaskGraph
package import Tasks

extension GoalRun {
  /// A rollback that is resolved: the release, and what it was on each host.
  package struct Recall: Sendable {
    let places: [DeployPlanning.Place]
    let services: [DeployPlanning.Service]
    let settings: EnvironmentSettings
    let key: [UInt8]

    /// The release to go back to; nil where each host has its own.
    package fileprivate(set) var release: ReleaseRecord?
    /// Hosts of the environment that do not hold the release.
    package fileprivate(set) var without: [String] = []
    /// Hosts that could not be asked and are left alone.
    package fileprivate(set) var silent: [String: TaskError] = [:]

    /// The hosts that it changes, by name.
    package var hosts: [Host] { places.map(\.host) }
  }

  /// Finds out what a rollback is about.
  package func recall(_ request: RollbackRequest) async throws -> Recall {
    let settings = try workspace.deployed()
    let wanted = try hosts(of: request, settings)
    var known: [HostFacts] = []
    var silent: [String: TaskError] = [:]
    for (host, answer) in await inquiry.facts(of: wanted) {
      switch answer {
      case .success(let facts): known.append(facts)
      case .failure(let error):
        guard request.keepsGoing else {
          let hints = [error.hint, "`--keep-going` brings the other hosts back without it"]
          throw TaskError(
            error.code, error.message, hint: hints.compactMap(\.self).joined(separator: "; "),
            command: error.command, logTail: error.logTail)
        }
        silent[host.name] = error
      }
    }
    let history = ReleaseHistory(layout: state.layout, variables: workspace.environment)
    let records = ReleaseRecord.merge(
      try history.records(),
      with: known.flatMap(\.releases).compactMap { ReleaseRecord(json: $0.record) })
    let chosen = try RollbackTarget(request.target, environment: settings.name, records: records)
    var folders: [String: String] = [:]
    for facts in known {
      let folder = chosen.target.folders[facts.host] ?? chosen.target.id
      // Without a digest it is a record and no folder.
      guard facts.releases.contains(where: { $0.id == folder && !$0.digest.isEmpty }) else {
        continue
      }
      folders[facts.host] = folder
    }
    guard !folders.isEmpty else {
      // Nobody could be asked: that is what is to be said.
      if known.isEmpty, let error = silent.values.first { throw error }
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "release-gone",
            message: "no host holds the release `\(chosen.target.id)` any more",
            hint: "deploy that version again; `keep_releases` says how many hosts keep")))
    }
    var recall = try await recall(
      wanted.compactMap { host in folders[host.name].map { (host, $0) } })
    recall.release = chosen.target
    recall.silent.merge(silent) { first, _ in first }
    recall.without = wanted.map(\.name).filter { folders[$0] == nil && silent[$0] == nil }
    return recall
  }

  /// The same from what this checkout knows, asking nobody; hosts that it does not know of are named
  /// as ``Recall/without``.
  package func rememberedRecall(_ request: RollbackRequest) throws -> Recall {
    let settings = try workspace.deployed()
    let wanted = try hosts(of: request, settings)
    let history = ReleaseHistory(layout: state.layout, variables: workspace.environment)
    let release = try RollbackTarget(
      request.target, environment: settings.name, records: try history.records()
    ).target
    let rendered = RenderedReleases(layout: state.layout, environment: settings.name)
    let found = wanted.compactMap { host -> Recalled? in
      let folder = release.folders[host.name] ?? release.id
      return rendered.known(folder, on: host.name).map {
        Recalled(host: host, release: folder, desired: $0.desired, remembered: $0)
      }
    }
    guard !found.isEmpty else {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "release-unknown",
            message: "what release `\(release.id)` is on its hosts is not known here",
            hint: "`--refresh` asks the hosts")))
    }
    var recall = recall(found, settings, key: [])
    recall.release = release
    recall.without = wanted.map(\.name).filter { name in !found.contains { $0.host.name == name } }
    return recall
  }

  /// The hosts that a rollback is about.
  private func hosts(
    of request: RollbackRequest, _ settings: EnvironmentSettings
  ) throws(ProjectError) -> [Host] {
    let all = try workspace.hosts(of: settings)
    for name in request.hosts where !all.contains(where: { $0.name == name }) {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "unknown-host",
            message: "`--hosts` names `\(name)`, which is no host of `\(settings.name)`",
            hint: Suggestion.nearest(to: name, among: all.map(\.name)).map {
              "did you mean `\($0)`?"
            })))
    }
    return all.filter { request.hosts.isEmpty || request.hosts.contains($0.name) }
  }

  /// What these hosts were in these releases.
  ///
  /// With `isUndo` hosts that do not answer are left out, and the others go back as fast as batches
  /// allow: what is brought back was proved before.
  package func recall(
    _ hosts: [(host: Host, release: String)], isUndo: Bool = false
  ) async throws -> Recall {
    let key = try secretKey()
    var found: [Recalled] = []
    var silent: [String: TaskError] = [:]
    let questions = hosts.map { host, release in
      HostRecall(id: TaskID("host/\(host.name)/desired"), host: host, release: release, key: key)
    }
    for ((host, release), answer) in zip(hosts, await inquiry.values(of: questions)) {
      switch answer {
      case .success(let desired):
        found.append(Recalled(host: host, release: release, desired: desired))
      case .failure(let error):
        guard isUndo else { throw error }
        silent[host.name] = error
      }
    }
    var settings = try workspace.deployed()
    if isUndo {
      settings.rollout.canary = nil
      settings.rollout.pause = .zero
    }
    var recall = recall(found, settings, key: key)
    recall.silent = silent
    return recall
  }

  /// What one host was.
  private struct Recalled {
    let host: Host
    let release: String
    let desired: DesiredHost
    var remembered: KnownRelease?
  }

  private func recall(
    _ found: [Recalled], _ settings: EnvironmentSettings, key: [UInt8]
  ) -> Recall {
    var services: [DeployPlanning.Service] = []
    let places = found.map { one in
      let names = one.desired.services.map(\.name)
      return DeployPlanning.Place(
        target: TargetHost(name: one.host.name, roles: [], services: names, placed: names),
        host: one.host, recalled: one.release, remembered: one.remembered)
    }
    for service in found.flatMap(\.desired.services)
    where !services.contains(where: { $0.name == service.name }) {
      services.append(
        DeployPlanning.Service(
          name: service.name, strategy: service.strategy, needs: service.dependencies))
    }
    let names = Set(services.map(\.name))
    services = services.map { service in
      DeployPlanning.Service(
        name: service.name, strategy: service.strategy,
        needs: service.needs.filter { names.contains($0.service) })
    }
    let order = ServiceOrder(services.map { ($0.name, $0.needs.map(\.service)) }).names
    return Recall(
      places: places,
      services: order.compactMap { name in services.first { $0.name == name } },
      settings: settings, key: key)
  }

  /// The graph of a rollback; `change` nil where it is only looked at.
  package func rollback(
    _ recall: Recall, _ request: RollbackRequest, change: HostChange?
  ) throws -> Graph {
    try planner.rollback(
      places: recall.places, services: recall.services, settings: recall.settings,
      keepsGoing: request.keepsGoing, key: recall.key, change: change)
  }
}
