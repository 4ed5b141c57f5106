// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Puts the services of a Compose file onto the hosts of an environment and then leaves out what flags
// do not choose. Knows names only.

import Tasks

/// Which services live on which hosts of an environment.
struct TargetPlacement {
  /// What flags leave of a placement.
  struct Choice {
    /// The hosts that are deployed to, sorted by name.
    let hosts: [TargetHost]
    /// What the user should know of the choice.
    let notes: [String]
  }

  private let environment: EnvironmentSettings
  private let roles: HostRoles?
  private let outlines: [ComposeServiceOutline]
  /// The services that are deployed, in the order of the Compose file.
  let services: [TargetService]
  /// The hosts on which services live, sorted by name, each with all its services.
  let hosts: [TargetHost]
  /// What the user should know, whatever flags choose.
  let notes: [String]

  /// Places `outlines`; throws all faults of the file.
  init(
    project: Project, environment: EnvironmentSettings, services outlines: [ComposeServiceOutline],
    defined: [String]
  ) throws(ProjectError) {
    self.environment = environment
    self.outlines = outlines
    roles = project.hosts(of: environment)
    var faults = Self.unknownServices(
      project: project, environment: environment, known: outlines.map(\.name) + defined)
    if roles == nil && !environment.isLocal {
      faults.append(
        Diagnostic(
          .environmentWithoutHosts(environment.name, driver: environment.driver.name),
          at: environment.driver.location, length: environment.driver.length))
    }
    let externals = Set(environment.externals.filter(\.isExternal).map(\.name))
    var services: [TargetService] = []
    for outline in outlines where !externals.contains(outline.name) {
      let settings = Self.settings(of: outline.name, project: project, environment: environment)
      if let fault = Self.fault(of: settings, among: roles, in: environment.name) {
        faults.append(fault)
      }
      services.append(TargetService(settings, preferred: environment.rollout.strategy))
    }
    if let error = ProjectError(faultsIn: faults) { throw error }
    self.services = services
    (hosts, notes) = Self.place(services, on: roles)
    faults = apart(project)
    if let error = ProjectError(faultsIn: faults) { throw error }
  }

  /// Services that live in the containers of others must be where those are.
  private func apart(_ project: Project) -> [Diagnostic] {
    outlines.flatMap { outline in
      outline.ties.compactMap { tie -> Diagnostic? in
        let own = hosts.filter { $0.placed.contains(outline.name) }
        guard let host = own.first(where: { !$0.placed.contains(tie.service) }) else { return nil }
        let place =
          services.contains { $0.name == tie.service }
          ? "which does not run on host `\(host.name)`"
          : "which is not deployed to `\(environment.name)`"
        let written = environment.service(outline.name) ?? project.service(outline.name)
        let fault = Diagnostic.Code.stated(
          id: "shared-elsewhere",
          message: "service `\(outline.name)` shares \(tie.what), \(place)",
          hint: "give both services the same role")
        guard let written else { return Diagnostic(fault) }
        return Diagnostic(
          fault, at: written.location, length: outline.name.unicodeScalars.count)
      }
    }
  }

  // MARK: placing

  private static func settings(
    of name: String, project: Project, environment: EnvironmentSettings
  ) -> ServiceSettings {
    let everywhere =
      project.service(name)
      ?? ServiceSettings(
        name: name,
        location: SourceLocation(file: environment.location.file, line: 1, column: 1))
    return environment.service(name).map { everywhere.overridden(by: $0) } ?? everywhere
  }

  /// What keeps a service from being placed; nil when one role, or the only one, takes it.
  private static func fault(
    of settings: ServiceSettings, among roles: HostRoles?, in environment: String
  ) -> Diagnostic? {
    guard let roles else { return nil }
    guard let role = settings.role else {
      guard roles.roles.count > 1, roles.hostNames.count > 1 else { return nil }
      // A service that stagecraft.yml does not name has its place where roles are written.
      let isNamed = settings.location.line > 1
      return Diagnostic(
        .serviceWithoutRole(settings.name, roles: roles.roleNames),
        at: isNamed ? settings.location : roles.location,
        length: isNamed ? settings.name.unicodeScalars.count : "hosts".unicodeScalars.count)
    }
    guard roles.role(role.name) == nil else { return nil }
    return Diagnostic(
      .roleOutsideEnvironment(
        role.name, environment: environment,
        nearest: Suggestion.nearest(to: role.name, among: roles.roleNames)),
      at: role.location, length: role.length)
  }

  private static func place(
    _ services: [TargetService], on roles: HostRoles?
  ) -> (hosts: [TargetHost], notes: [String]) {
    guard let roles else {
      let names = services.map(\.name)
      return ([TargetHost(name: "local", roles: [], services: names, placed: names)], [])
    }
    var hosts: [TargetHost] = []
    var notes: [String] = []
    for name in roles.hostNames {
      let own = roles.roles.filter { role in role.hosts.contains { $0.name == name } }
      let names = own.map(\.name)
      let placed = services.filter { service in
        service.role.map { names.contains($0) } ?? true
      }.map(\.name)
      if placed.isEmpty {
        notes.append("no service runs on host `\(name)`")
      } else {
        hosts.append(TargetHost(name: name, roles: names, services: placed, placed: placed))
      }
    }
    return (hosts, notes)
  }

  private static func unknownServices(
    project: Project, environment: EnvironmentSettings, known: [String]
  ) -> [Diagnostic] {
    let names = Set(known)
    func unknown(_ name: String, at location: SourceLocation) -> Diagnostic? {
      guard !names.contains(name) else { return nil }
      return Diagnostic(
        .unknownService(name, nearest: Suggestion.nearest(to: name, among: known)), at: location,
        length: name.unicodeScalars.count)
    }
    let written =
      (project.services + environment.services).map { ($0.name, $0.location) }
      + environment.externals.map { ($0.name, $0.location) }
      + project.databases(in: environment).compactMap(\.service).map { ($0.name, $0.location) }
    return written.compactMap { unknown($0.0, at: $0.1) }
  }

  // MARK: choosing

  /// What `selection` leaves; throws what it names wrongly.
  func selecting(_ selection: DeploySelection) throws(ProjectError) -> Choice {
    let faults = faults(of: selection)
    if let error = ProjectError(faultsIn: faults) { throw error }
    var along: [ServiceTie: Set<String>] = [:]
    let chosen = hosts.compactMap { host -> TargetHost? in
      guard selection.hosts.isEmpty || selection.hosts.contains(host.name) else { return nil }
      let named = host.services.filter { takes($0, selection) }
      let services = host.services.filter(living(in: named, of: host, &along).contains)
      guard !services.isEmpty else { return nil }
      return TargetHost(
        name: host.name, roles: host.roles, services: services, placed: host.placed)
    }
    let deployed = Set(chosen.flatMap(\.services))
    let missed = selection.services.filter { !deployed.contains($0) }.map { name in
      Diagnostic(
        .serviceOutsideSelection(
          name, hosts: hosts.filter { $0.placed.contains(name) }.map(\.name)))
    }
    if let error = ProjectError(faultsIn: missed) { throw error }
    guard !chosen.isEmpty else { throw ProjectError(Diagnostic(.nothingSelected)) }
    let idle = selection.hosts.filter { name in !chosen.contains { $0.name == name } }.map {
      "no chosen service runs on host `\($0)`"
    }
    let taken = along.sorted { $0.key.service < $1.key.service }.flatMap { tie, names in
      names.sorted().map { "`\($0)` shares \(tie.what) and is deployed with it" }
    }
    return Choice(hosts: chosen, notes: idle + taken + takenAsRunning(deployed))
  }

  /// These services of a host and all that live in their containers; notes in `along` who was not
  /// named.
  private func living(
    in named: [String], of host: TargetHost, _ along: inout [ServiceTie: Set<String>]
  ) -> Set<String> {
    var found = Set(named)
    var open = named
    while let name = open.popLast() {
      for outline in outlines where host.services.contains(outline.name) {
        guard let tie = outline.ties.first(where: { $0.service == name }),
          found.insert(outline.name).inserted
        else { continue }
        along[tie, default: []].insert(outline.name)
        open.append(outline.name)
      }
    }
    return found
  }

  private func takes(_ service: String, _ selection: DeploySelection) -> Bool {
    guard selection.services.isEmpty || selection.services.contains(service) else { return false }
    guard !selection.roles.isEmpty else { return true }
    // A service without a role runs on the only one there is.
    let role =
      services.first { $0.name == service }?.role
      ?? (roles?.roles.count == 1 ? roles?.roles.first?.name : nil)
    return role.map { selection.roles.contains($0) } ?? true
  }

  /// Which dependencies a filtered deploy does not touch: no task waits for them, so nothing can wait
  /// for ever, and the user is told that they are taken as running.
  private func takenAsRunning(_ deployed: Set<String>) -> [String] {
    let placed = Set(services.map(\.name))
    return outlines.filter { deployed.contains($0.name) }.flatMap { outline in
      outline.dependencies.filter { placed.contains($0) && !deployed.contains($0) }.map {
        "`\(outline.name)` depends on `\($0)`, which is not part of this deploy "
          + "and is taken as running"
      }
    }
  }

  private func faults(of selection: DeploySelection) -> [Diagnostic] {
    let externals = Set(environment.externals.filter(\.isExternal).map(\.name))
    let serviceNames = services.map(\.name)
    let hostNames = roles?.hostNames ?? hosts.map(\.name)
    let roleNames = roles?.roleNames ?? []
    return
      selection.services.filter { !serviceNames.contains($0) }.map { name in
        externals.contains(name)
          ? Diagnostic(.externalServiceChosen(name, environment: environment.name))
          : Diagnostic(
            .unknownService(name, nearest: Suggestion.nearest(to: name, among: serviceNames)))
      }
      + selection.hosts.filter { !hostNames.contains($0) }.map { name in
        Diagnostic(.unknownHost(name, nearest: Suggestion.nearest(to: name, among: hostNames)))
      }
      + selection.roles.filter { !roleNames.contains($0) }.map { name in
        Diagnostic(.unknownRole(name, nearest: Suggestion.nearest(to: name, among: roleNames)))
      }
  }
}
