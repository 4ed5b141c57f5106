// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where a release of a project goes: which hosts of an environment run which services, and how they
// are rolled out. A value made of other values; asks no host, no engine and no registry.

package import Tasks

/// What a deploy to one environment is about.
package struct DeployTarget: Sendable {
  /// The project's name.
  package let project: String
  /// The environment's name.
  package let environment: String
  /// The environment's driver, as written.
  package let driver: String
  /// Whether it is the operator's own engine.
  package let isLocal: Bool
  /// The hosts that are deployed to, sorted by name; at least one.
  package let hosts: [TargetHost]
  /// All hosts of the environment on which services live, sorted by name, whatever flags chose.
  package let allHosts: [TargetHost]
  /// The services that are deployed, in the order of the Compose file.
  package let services: [TargetService]
  /// Whether flags chose services: then nobody asked for others to be taken away.
  package let isLimited: Bool
  /// All services that live on hosts, whatever flags chose, in the order of the Compose file.
  package let allServices: [TargetService]
  /// How hosts follow each other.
  package let rollout: RolloutSettings
  /// Services that live elsewhere and are not deployed, in file order.
  package let externals: [ExternalService]
  /// Addresses of hosts, by name.
  package let addresses: [String: String]
  /// How many releases stay on a host.
  package let keepReleases: Int
  /// How long to wait for the lock of somebody else; nil for not at all.
  package let lockWait: Duration?
  /// Variables whose values are secret.
  package let secrets: [SecretSource]
  /// Volumes and published ports of the environment.
  package let overlay: ComposeOverlay
  /// The databases with migrations, as they are in this environment.
  package let databases: [DatabaseSettings]
  /// What the user should know before it starts, in plain words.
  package let notes: [String]
  /// The names under which it lives on hosts.
  package let names: TargetNames
  private let base: String

  /// The target of a deploy of `project` to `environment`.
  ///
  /// `services` are those of the Compose file whose profiles are on, in file order; `defined` also
  /// those whose profiles are off, when they are known. `variables` say where the operator's own
  /// machine keeps its state. Throws all faults, each at its place in stagecraft.yml, or without a
  /// place where a flag is at fault.
  package init(
    project: Project, environment: EnvironmentSettings, services: [ComposeServiceOutline],
    defined: [String] = [], selection: DeploySelection = DeploySelection(),
    variables: [String: String]
  ) throws(ProjectError) {
    let placement = try TargetPlacement(
      project: project, environment: environment, services: services, defined: defined)
    let chosen = try placement.selecting(selection)
    self.project = project.name
    self.environment = environment.name
    driver = environment.driver.name
    isLocal = environment.isLocal
    hosts = chosen.hosts
    isLimited = selection.choosesServices
    allHosts = placement.hosts
    let deployed = Set(chosen.hosts.flatMap(\.services))
    allServices = placement.services
    self.services = placement.services.filter { deployed.contains($0.name) }
    rollout = environment.rollout
    externals = environment.externals.filter(\.isExternal)
    addresses = project.addresses
    keepReleases = environment.keepReleases
    lockWait = environment.lockWait
    secrets = environment.secrets
    overlay = environment.overlay
    databases = project.databases(in: environment)
    notes = placement.notes + chosen.notes
    names = TargetNames(of: environment, in: project)
    base =
      environment.isLocal ? TargetNames.localBase(variables: variables) : TargetNames.remoteBase
  }

  /// The host as tasks see it.
  package func host(for name: String) -> Host {
    Host(
      name: name, reach: isLocal ? .local : .ssh, directory: "\(base)/\(names.path)",
      composeProject: names.composeProject)
  }

  /// All hosts of an environment as tasks see them, sorted by name, whatever runs there: what is asked
  /// where no service needs to be known.
  package static func hosts(
    of environment: EnvironmentSettings, in project: Project, variables: [String: String]
  ) -> [Host] {
    let names = TargetNames(of: environment, in: project)
    let isLocal = environment.isLocal
    let base = isLocal ? TargetNames.localBase(variables: variables) : TargetNames.remoteBase
    let hosts = isLocal ? ["local"] : project.hosts(of: environment)?.hostNames ?? []
    return hosts.map { host in
      Host(
        name: host, reach: isLocal ? .local : .ssh, directory: "\(base)/\(names.path)",
        composeProject: names.composeProject)
    }
  }

  /// The host as tasks see it.
  package func host(for target: TargetHost) -> Host { host(for: target.name) }

  /// How a service is deployed, also one that flags leave out now; nil for one that lives nowhere.
  package func service(_ name: String) -> TargetService? {
    allServices.first { $0.name == name }
  }

  /// The names of the hosts on which a service lives, sorted, whatever flags chose.
  package func hosts(of service: String) -> [String] {
    allHosts.filter { $0.placed.contains(service) }.map(\.name)
  }

  /// The hosts that are deployed to, in waves that follow each other.
  package var waves: [[TargetHost]] {
    let byName = Dictionary(uniqueKeysWithValues: hosts.map { ($0.name, $0) })
    return rollout.waves(hosts.map(\.name)).map { wave in wave.compactMap { byName[$0] } }
  }
}
