// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The graphs of a deploy and of a rollback. Both end in the same tasks on hosts; they differ in where
// what a host is to run comes from.

import Cache
package import TaskGraph
package import Tasks

extension Planner {
  /// What a deploy needs beside the images' inputs.
  package struct DeployInputs: Sendable {
    package let target: DeployTarget
    package let keepsGoing: Bool
    /// Addresses of hosts, by name; only those that others must know.
    package let addresses: [String: String]
    /// Resolves the Compose file with all its values.
    package let application: ComposeApplicationTask
    /// What is done about images that others make.
    let images: ImageSelection
    /// Whether names are looked up as well whose images stay.
    let looksForUpdates: Bool
    /// What this machine remembers that services run of the images that they name.
    let remembered: @Sendable ([NamedImage]) -> ChosenImages
    /// Who deploys: `user@machine`.
    package let owner: String
    /// What the application may be called on hosts; nil where data under other names is not looked for.
    let names: ApplicationNames?
    /// nil where the graph is only looked at.
    package let change: HostChange?

    /// Bundles the inputs.
    init(
      target: DeployTarget, keepsGoing: Bool, addresses: [String: String],
      application: ComposeApplicationTask, images: ImageSelection, looksForUpdates: Bool,
      remembered: @escaping @Sendable ([NamedImage]) -> ChosenImages, owner: String,
      names: ApplicationNames?, change: HostChange?
    ) {
      self.names = names
      self.images = images
      self.looksForUpdates = looksForUpdates
      self.remembered = remembered
      self.target = target
      self.keepsGoing = keepsGoing
      self.addresses = addresses
      self.application = application
      self.owner = owner
      self.change = change
    }
  }

  /// The graph of a deploy.
  package func deploy(
    _ deploy: DeployInputs, _ inputs: BuildInputs
  ) throws(ProjectError) -> Graph {
    let target = deploy.target
    // Of all that lives on these hosts, also of what is not deployed now: a release is a whole.
    let wanted = Set(target.hosts.flatMap(\.placed))
    let planning = ImagePlanning(
      project: project, compose: inputs.compose, version: inputs.version)
    let buildable = try planning.images(of: [], push: false)
    let makers = Self.makers(of: buildable, for: inputs.compose)
    let needed = Set(wanted.map { makers[$0] ?? $0 })
    let names = buildable.map(\.service).filter(needed.contains)
    let images = names.isEmpty ? [] : try planning.images(of: names, push: false)
    var graph = Graph()
    try add(tasksFor: images, to: &graph)
    // Whose image is not built has its tasks before its files and values are read.
    let unbuilt = wanted.subtracting(images.map(\.service))
    try add(tasks: unbuilt.sorted().flatMap(needs(of:)), to: &graph)
    let rollouts = try rollouts(of: target, inputs.compose)
    let named = try deploy.images.images(
      of: inputs.compose.services.filter { service in
        wanted.contains(service.name)
          && !images.contains { $0.service == makers[service.name] ?? service.name }
      })
    let hooks = HookPlanning(project.tasks, in: .deploy, of: target.environment, deploy.change)
    try add(tasks: hooks.needs, to: &graph)
    try hooks.checkNeeded(in: graph)
    // Who asked for some services did not ask for others to go.
    let places = target.hosts.map {
      DeployPlanning.Place(
        target: $0, host: target.host(for: $0), removable: target.isLimited ? [] : nil)
    }
    let steps = DeployPlanning(
      places: places, services: services(of: target, inputs.compose, rollouts),
      rollout: target.rollout, keepReleases: target.keepReleases,
      keepsGoing: deploy.keepsGoing, change: deploy.change)
    let application: TaskRef<ComposeApplication>
    let made: Images
    let facts: [String: TaskRef<HostFacts>]
    let uploads: [String: TaskRef<UploadedRelease>]
    var desired: [String: DeployPlanning.Desired] = [:]
    do throws(GraphError) {
      let config = try graph.add(
        inputs.composeTask, policy: TaskPolicy(pool: .light, phase: "prepare"))
      application = try graph.add(
        deploy.application, policy: TaskPolicy(pool: .light, phase: "prepare"))
      let begun = try hooks.add(early: [(.before, .build)], after: [config.id], to: &graph)
      made = try add(
        images, push: !target.isLocal, after: begun, inputs, to: &graph
      ) { (built, graph) throws(GraphError) in
        try hooks.add(early: [(.after, .build), (.before, .push)], after: built, to: &graph)
      }
      facts = try steps.addFacts(to: &graph)
      let chosen = try add(named, deploy, facts, to: &graph)
      for place in places {
        desired[place.name] = try add(
          desiredOf: place, deploy, rollouts, made, makers, chosen, application, inputs.secretKey,
          after: place.target.placed.filter(unbuilt.contains).flatMap(needs(of:)), to: &graph)
      }
      uploads = try steps.addUploads(desired, facts, names: deploy.names, to: &graph)
    } catch {
      throw Self.clash(error)
    }
    let before = try databases(.preDeploy, deploy, facts, uploads)
    let after = try databases(.postDeploy, deploy, facts, uploads)
    do throws(GraphError) {
      // No container is replaced before every image of the release is where it is to be had.
      let ready = made.built.values.map(\.id) + made.pushed.values.map(\.id)
      let changes = try steps.addChanges(
        desired, facts, isNeeded: hooks.hasLate, to: &graph)
      let migrations = MigrationPlanning(
        owner: deploy.owner, lease: deploy.change?.lease)
      // A database that needs no service of ours is asked first: hooks run for its migrations too.
      let direct = try migrations.addQuestions(
        toReachable: before, strategy: .preDeploy, in: &graph)
      let directAfter = try migrations.addQuestions(
        toReachable: after, strategy: .postDeploy, in: &graph)
      let occasion = steps.occasion(
        changes, desired, facts, migrations: direct + directAfter)
      let homes = Set(before.compactMap(\.transport.service))
      // Where a database lives in a service, containers are replaced before its migrations run.
      let rollout: (TaskDefinition.Hook.Side, Set<DeployPhase>) = (.before, [.rollout])
      let begun = try hooks.add(
        [(.after, [.push]), (.before, [.migratePre])] + (homes.isEmpty ? [] : [rollout]),
        of: occasion, .running, after: ready.sorted { $0.text < $1.text }, to: &graph)
      var prepared: [TaskID] = []
      let receipts = try steps.add(
        desired: desired, facts: facts, uploads: uploads, changes: changes, before: begun,
        migrate: { running, graph throws(GraphError) in
          let applied = try migrations.add(
            before, asked: direct, strategy: .preDeploy, running: running, after: begun, to: &graph
          ).map(\.id)
          prepared = try hooks.add(
            [(.after, [.migratePre])] + (homes.isEmpty ? [rollout] : []), of: occasion, .running,
            after: applied.isEmpty ? running + begun : applied, to: &graph)
          if applied.isEmpty, prepared == running + begun { prepared = [] }
          return prepared
        }, migrationServices: homes, to: &graph)
      let done = try hooks.add(
        [(.after, [.rollout]), (.before, [.migratePost])], of: occasion, .done,
        after: receipts + prepared, to: &graph)
      let migrated = try migrations.add(
        after, asked: directAfter, strategy: .postDeploy, running: done, to: &graph
      ).map(\.id)
      _ = try hooks.add(
        [(.after, [.migratePost]), (.before, [.finalize]), (.after, [.finalize])], of: occasion,
        .done, after: done + migrated, to: &graph)
    } catch {
      throw Self.clash(error)
    }
    return graph
  }

  /// The tasks that a service needs.
  func needs(of service: String) -> [String] {
    project.service(service)?.needs.map(\.name) ?? []
  }

  /// Which service makes the image of another one that only names it, whatever its role and its
  /// profile.
  private static func makers(
    of images: [PlannedImage], for compose: ComposeModel
  ) -> [String: String] {
    var makers: [String: String] = [:]
    let building = Set(images.map(\.service))
    for service in compose.services where !building.contains(service.name) {
      guard let image = service.image, !image.contains("@") else { continue }
      let name = ImageReference(image).description
      makers[service.name] = images.first { $0.references.contains(name) }?.service
    }
    return makers
  }

  /// Adds what turns the names of images into digests; nil where there are none.
  private func add(
    _ named: [NamedImage], _ deploy: DeployInputs, _ facts: [String: TaskRef<HostFacts>],
    to graph: inout Graph
  ) throws(GraphError) -> TaskRef<ChosenImages>? {
    guard !named.isEmpty else { return nil }
    let asked = deploy.target.hosts.compactMap { facts[$0.name] }
    let others = deploy.target.allHosts.filter { facts[$0.name] == nil }
    var policy = TaskPolicy(pool: .light, phase: "prepare")
    policy.toleratedFailures = asked.count
    return try graph.add(
      ImageDigests(
        id: DeployPlanning.imagesID, images: named, facts: asked,
        others: others.map { deploy.target.host(for: $0) }, isLocal: deploy.target.isLocal,
        looksForUpdates: deploy.looksForUpdates, remembered: deploy.remembered(named)),
      after: asked.map(\.id), policy: policy)
  }

  private func add(
    desiredOf place: DeployPlanning.Place, _ deploy: DeployInputs,
    _ rollouts: [String: ServiceRollout], _ made: Images, _ makers: [String: String],
    _ named: TaskRef<ChosenImages>?,
    _ application: TaskRef<ComposeApplication>, _ key: [UInt8], after tasks: [String],
    to graph: inout Graph
  ) throws(GraphError) -> DeployPlanning.Desired {
    var images: [TaskID] = []
    var carried: [String: TaskRef<BuiltImage>] = [:]
    // All that is placed there, also what this deploy leaves out: the Compose file is whole.
    let services = place.target.placed.compactMap { name -> ServiceRollout? in
      guard var rollout = rollouts[name] else { return nil }
      let maker = makers[name] ?? name
      if let pushed = made.pushed[maker] {
        rollout.image = .pushed(pushed)
        images.append(pushed.id)
      } else if let built = made.built[maker] {
        rollout.image = .built(built)
        images.append(built.id)
        carried[name] = built
      }
      return rollout
    }
    var addresses: [String: [String]] = [:]
    for name in deploy.target.allHosts.flatMap(\.placed)
    where !place.target.placed.contains(name) && addresses[name] == nil {
      addresses[name] = deploy.target.hosts(of: name).compactMap { deploy.addresses[$0] }
    }
    let task = try graph.add(
      HostDesiredTask(
        id: TaskID("host/\(place.name)/desired"), host: place.host,
        project: deploy.target.project, environment: deploy.target.environment,
        services: services, application: application, named: named, addresses: addresses,
        secretVariables: Set(deploy.target.secrets.map(\.name)), secretKey: key),
      after: [application.id] + (named.map { [$0.id] } ?? []) + images + tasks.map { TaskID($0) },
      policy: TaskPolicy(pool: .light, phase: "prepare", host: place.name))
    return DeployPlanning.Desired(task: task, carried: carried)
  }

  /// The databases whose migrations run at a moment of the deploy.
  private func databases(
    _ strategy: DatabaseSettings.Strategy, _ deploy: DeployInputs,
    _ facts: [String: TaskRef<HostFacts>], _ uploads: [String: TaskRef<UploadedRelease>]
  ) throws(ProjectError) -> [MigrationDatabase] {
    let target = deploy.target
    return try MigrationPlanning.databases(target.databases, strategy: strategy) {
      (service, _) throws(ProjectError) in
      try MigrationPlanning.transport(
        service, in: target, facts: facts, uploads: uploads, lease: deploy.change?.lease)
    }
  }

  /// How each service is rolled out; throws what cannot work.
  private func rollouts(
    of target: DeployTarget, _ compose: ComposeModel
  ) throws(ProjectError) -> [String: ServiceRollout] {
    let awaited = Set(
      compose.services.flatMap(\.dependencies).filter { $0.condition == .completed }
        .map(\.service))
    var rollouts: [String: ServiceRollout] = [:]
    var faults: [Diagnostic] = []
    for service in compose.services {
      let settings = target.service(service.name)
      do throws(StrategyChoice.Refusal) {
        var rollout = ServiceRollout(
          service.name,
          choice: try StrategyChoice.of(
            service, isAwaited: awaited.contains(service.name),
            guests: compose.services.filter { other in
              target.service(other.name) != nil
                && other.ties.contains(ServiceTie(.network, of: service.name))
            }.map(\.name), replicas: settings?.replicas,
            chosen: settings?.strategy, preferred: settings?.preferred))
        rollout.replicas = settings?.replicas
        rollout.drainSeconds = settings?.drain.map { Int($0.components.seconds) } ?? 0
        rollout.preStop = settings.flatMap { $0.preStop.isEmpty ? nil : $0.preStop }
        rollout.healthSeconds = settings?.healthTimeout.map { Int($0.components.seconds) }
        rollouts[service.name] = rollout
      } catch {
        guard settings != nil else { continue }
        let fault = Diagnostic.Code.stated(
          id: "strategy", message: error.message, hint: error.hint)
        let written = project.environment(target.environment)?.service(service.name)
        if let place = (written ?? project.service(service.name))?.location {
          faults.append(
            Diagnostic(fault, at: place, length: service.name.unicodeScalars.count))
        } else {
          faults.append(Diagnostic(fault))
        }
      }
    }
    if let fault = ProjectError(faultsIn: faults) { throw fault }
    return rollouts
  }

  private func services(
    of target: DeployTarget, _ compose: ComposeModel, _ rollouts: [String: ServiceRollout]
  ) -> [DeployPlanning.Service] {
    let deployed = Set(target.services.map(\.name))
    let found = compose.services.filter { deployed.contains($0.name) }.compactMap { service in
      rollouts[service.name].map {
        DeployPlanning.Service(
          name: service.name, strategy: $0.choice.strategy,
          needs: service.dependencies.filter { deployed.contains($0.service) },
          homes: service.ties.map(\.service), restartsWith: service.restartsWith)
      }
    }
    let order = ServiceOrder(found.map { ($0.name, $0.needs.map(\.service)) }).names
    return order.compactMap { name in found.first { $0.name == name } }
  }
}

extension Planner {
  /// The graph of a rollback: each host goes back to the release that its place names.
  func rollback(
    places: [DeployPlanning.Place], services: [DeployPlanning.Service],
    settings: EnvironmentSettings, keepsGoing: Bool, isUndo: Bool, key: [UInt8],
    change: HostChange?
  ) throws(ProjectError) -> Graph {
    let steps = DeployPlanning(
      places: places, services: services, rollout: settings.rollout,
      keepReleases: settings.keepReleases, keepsGoing: keepsGoing, change: change)
    let hooks = HookPlanning(
      project.tasks, in: isUndo ? .undo : .rollback, of: settings.name, change)
    var graph = Graph()
    try add(tasks: hooks.needs, to: &graph)
    try hooks.checkNeeded(in: graph)
    do throws(GraphError) {
      let facts = try steps.addFacts(to: &graph)
      var desired: [String: DeployPlanning.Desired] = [:]
      for place in places {
        let id = TaskID("host/\(place.name)/desired")
        let policy = TaskPolicy(pool: .light, phase: "prepare", host: place.name)
        let task =
          if let known = place.remembered {
            try graph.add(RememberedRecall(id: id, desired: known), policy: policy)
          } else {
            try graph.add(
              HostRecall(
                id: id, host: place.host, composition: place.recalled ?? HostComposition([:]),
                key: key),
              policy: policy)
          }
        desired[place.name] = DeployPlanning.Desired(task: task)
      }
      let uploads = try steps.addUploads(desired, facts, to: &graph)
      let changes = try steps.addChanges(
        desired, facts, isNeeded: hooks.hasLate, to: &graph)
      let occasion = steps.occasion(changes, desired, facts)
      let begun = try hooks.add(
        [(.before, [.rollout])], of: occasion, .running, after: [], to: &graph)
      let receipts = try steps.add(
        desired: desired, facts: facts, uploads: uploads, changes: changes, before: begun,
        migrate: { _, _ throws(GraphError) in [] }, migrationServices: [], to: &graph)
      _ = try hooks.add(
        [(.after, [.rollout]), (.before, [.finalize]), (.after, [.finalize])], of: occasion, .done,
        after: receipts, to: &graph)
    } catch {
      throw Self.clash(error)
    }
    return graph
  }
}
