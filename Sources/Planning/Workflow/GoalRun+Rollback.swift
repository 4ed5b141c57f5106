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
    /// Whether it is what follows a deploy that failed.
    fileprivate(set) var isUndo = false

    /// The release to go back to; nil where each host has its own.
    package fileprivate(set) var release: ReleaseRecord?
    /// Images that the release has by name alone, sorted: what they are may have changed since.
    package fileprivate(set) var namedImages: [String] = []
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
      with: known.flatMap { facts in
        facts.releases.compactMap {
          ReleaseRecord(held: $0, by: facts.host, environment: settings.name)
        }
      })
    let manifests = try await self.manifests(of: known, among: wanted)
    let chain = ReleaseChain(records, environment: settings.name) { host, folder in
      manifests[host]?[folder].map(Self.content)
    }
    let chosen = try RollbackTarget(
      request.target, environment: settings.name, records: records, chain: chain,
      newest: known.compactMap(Self.newest).max(),
      running: Dictionary(
        uniqueKeysWithValues: known.map { ($0.host, Self.running($0, manifests[$0.host] ?? [:])) }))
    var compositions: [String: HostComposition] = [:]
    for facts in known {
      guard let found = chain.composition(of: facts.host, after: chosen.target) else { continue }
      let missing = found.needed.filter { manifests[facts.host]?[$0] == nil }
      if let damaged = missing.first(where: { id in
        facts.releases.contains { $0.id == id && !$0.digest.isEmpty }
      }),
        let host = wanted.first(where: { $0.name == facts.host })
      {
        throw HostRecall.damaged(damaged, on: host)
      }
      guard missing.isEmpty else { continue }
      compositions[facts.host] = found
    }
    guard !compositions.isEmpty else {
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
      wanted.compactMap { host in compositions[host.name].map { Past(host: host, composition: $0) }
      })
    recall.release = chosen.target
    recall.silent.merge(silent) { first, _ in first }
    recall.without = wanted.map(\.name).filter { compositions[$0] == nil && silent[$0] == nil }
    return recall
  }

  /// What the hosts hold of releases, by host and folder.
  private func manifests(
    of known: [HostFacts], among hosts: [Host]
  ) async throws(TaskError) -> [String: [String: HostManifest]] {
    let questions = hosts.compactMap { host -> HostManifests? in
      guard let facts = known.first(where: { $0.host == host.name }) else { return nil }
      return HostManifests(
        id: TaskID("host/\(host.name)/manifests"), host: host,
        folders: facts.releases.filter { !$0.digest.isEmpty }.map(\.id))
    }
    var manifests: [String: [String: HostManifest]] = [:]
    for (question, answer) in zip(questions, await inquiry.values(of: questions)) {
      manifests[question.host.name] = try answer.get().manifests
    }
    return manifests
  }

  /// What lies in a folder, for comparing what runs.
  private static func content(_ manifest: HostManifest) -> [String: String] {
    var content: [String: String] = [:]
    for service in manifest.services {
      content[service.name] = ReleaseChain.identity(
        spec: manifest.specs[service.name] ?? "", service)
    }
    return content
  }

  /// The newest release of which anything is on a host: in receipts, or as containers of a run that did
  /// not get as far.
  private static func newest(_ facts: HostFacts) -> String? {
    let folders = facts.containers.map(\.release).filter { ReleaseTime(releaseID: $0) != nil }
    return (folders + [facts.applied.newest?.release].compactMap(\.self)).max()
  }

  /// What runs on a host by service, as its receipts say it; marked where its containers say otherwise.
  private static func running(
    _ facts: HostFacts, _ manifests: [String: HostManifest]
  ) -> [String: String] {
    var running: [String: String] = [:]
    for (name, receipt) in facts.services {
      let replicas = manifests[receipt.folder]?.services.first { $0.name == name }
      running[name] = replicas.map { ReleaseChain.identity(spec: receipt.spec, $0) } ?? receipt.spec
    }
    for container in facts.containers where !container.isOneOff && container.state == "running" {
      if facts.services[container.service]?.spec != container.spec {
        running[container.service, default: ""] += " and container \(container.id)"
      }
    }
    return running
  }

  /// The same from what this checkout knows, asking nobody; hosts that it does not know of are named
  /// as ``Recall/without``.
  package func rememberedRecall(_ request: RollbackRequest) throws -> Recall {
    let settings = try workspace.deployed()
    let wanted = try hosts(of: request, settings)
    let history = ReleaseHistory(layout: state.layout, variables: workspace.environment)
    let records = try history.records()
    let rendered = RenderedReleases(layout: state.layout, environment: settings.name)
    let chain = ReleaseChain(records, environment: settings.name) { host, folder in
      rendered.known(folder, on: host).map { known in
        Dictionary(
          known.services.map { service in
            let spec = known.fingerprints[service.name] ?? ""
            return (service.name, ReleaseChain.identity(spec: spec, service))
          }, uniquingKeysWith: { first, _ in first })
      }
    }
    let release = try RollbackTarget(
      request.target, environment: settings.name, records: records, chain: chain
    ).target
    let found = wanted.compactMap { host -> Recalled? in
      guard let composition = chain.composition(of: host.name, after: release) else { return nil }
      var releases: [String: KnownRelease] = [:]
      for folder in composition.needed {
        guard let known = rendered.known(folder, on: host.name) else { return nil }
        releases[folder] = known
      }
      return Recalled(
        past: Past(host: host, composition: composition),
        desired: DesiredHost(
          known: releases, folders: composition.folders, main: composition.main),
        isRemembered: true)
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
    recall.without = wanted.map(\.name).filter { name in
      !found.contains { $0.past.host.name == name }
    }
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

  /// What a host is to go back to.
  package struct Past: Sendable {
    package let host: Host
    package let composition: HostComposition
    /// The services that are brought back; nil for all of the host.
    package var services: Set<String>?

    /// Makes a value.
    package init(host: Host, composition: HostComposition, services: Set<String>? = nil) {
      self.host = host
      self.composition = composition
      self.services = services
    }
  }

  /// What these hosts were.
  ///
  /// With `isUndo` hosts that do not answer are left out, and the others go back as fast as batches
  /// allow: what is brought back was proved before.
  package func recall(_ hosts: [Past], isUndo: Bool = false) async throws -> Recall {
    let key = try secretKey()
    var found: [Recalled] = []
    var silent: [String: TaskError] = [:]
    let questions = hosts.map { past in
      HostRecall(
        id: TaskID("host/\(past.host.name)/desired"), host: past.host,
        composition: past.composition, key: key)
    }
    for (past, answer) in zip(hosts, await inquiry.values(of: questions)) {
      switch answer {
      case .success(let desired): found.append(Recalled(past: past, desired: desired))
      case .failure(let error):
        guard isUndo else { throw error }
        silent[past.host.name] = error
      }
    }
    var settings = try workspace.deployed()
    if isUndo {
      settings.rollout.canary = nil
      settings.rollout.pause = .zero
    }
    var recall = recall(found, settings, key: key)
    recall.silent = silent
    recall.isUndo = isUndo
    return recall
  }

  /// What one host was.
  private struct Recalled {
    let past: Past
    let desired: DesiredHost
    var isRemembered = false
  }

  private func recall(
    _ found: [Recalled], _ settings: EnvironmentSettings, key: [UInt8]
  ) -> Recall {
    var services: [DeployPlanning.Service] = []
    let places = found.map { one in
      let names = one.desired.services.map(\.name)
      return DeployPlanning.Place(
        target: TargetHost(
          name: one.past.host.name, roles: [],
          services: names.filter { one.past.services?.contains($0) ?? true }, placed: names),
        host: one.past.host, recalled: one.past.composition,
        remembered: one.isRemembered ? one.desired : nil, removable: one.past.services)
    }
    for service in found.flatMap(\.desired.services)
    where !services.contains(where: { $0.name == service.name }) {
      services.append(
        DeployPlanning.Service(
          name: service.name, strategy: service.strategy, needs: service.dependencies,
          homes: (service.ties ?? []).map(\.service), restartsWith: service.restartsWith ?? []))
    }
    let names = Set(services.map(\.name))
    services = services.map { service in
      DeployPlanning.Service(
        name: service.name, strategy: service.strategy,
        needs: service.needs.filter { names.contains($0.service) }, homes: service.homes,
        restartsWith: service.restartsWith)
    }
    let order = ServiceOrder(services.map { ($0.name, $0.needs.map(\.service)) }).names
    var recall = Recall(
      places: places,
      services: order.compactMap { name in services.first { $0.name == name } },
      settings: settings, key: key)
    recall.namedImages = Set(found.flatMap(\.desired.services).map(\.image))
      .filter(NamedImage.isMovable).sorted()
    return recall
  }

  /// The graph of a rollback; `change` nil where it is only looked at.
  package func rollback(
    _ recall: Recall, _ request: RollbackRequest, change: HostChange?
  ) throws -> Graph {
    try planner.rollback(
      places: recall.places, services: recall.services, settings: recall.settings,
      keepsGoing: request.keepsGoing, isUndo: recall.isUndo, key: recall.key, change: change)
  }
}
