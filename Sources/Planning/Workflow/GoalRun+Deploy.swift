// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A deploy as a goal: from the project and the Compose file to the hosts it is about, and from there
// to its graph.

package import Cache
import SystemPackage
package import TaskGraph
package import Tasks

extension GoalRun {
  /// A deploy that is resolved as far as it can be without asking a host.
  package struct Deployment: Sendable {
    package let target: DeployTarget
    let inputs: Planner.BuildInputs
    let application: ComposeApplicationTask
    let addresses: [String: String]

    /// What a person should know before it starts.
    package let notes: [String]

    /// The hosts that it changes, by name.
    package var hosts: [Host] { target.hosts.map { target.host(for: $0) } }
  }

  /// Finds out what a deploy is about.
  package func deployment(
    _ request: DeployRequest, keeping index: inout TaskIndex?, runID: String
  ) async throws -> Deployment {
    let task = try workspace.composeTask()
    let compose = try await self.compose(task, keeping: &index, runID: runID)
      .writingToFolders(below: workspace.root.string)
    let target = try self.target(compose, request.selection)
    let key = try secretKey()
    return Deployment(
      target: target,
      inputs: Planner.BuildInputs(
        compose: compose, composeTask: task, version: version, secretKey: key),
      application: ComposeApplicationTask(
        project: target.names.composeProject, files: task.files, secretKey: key),
      addresses: try await addresses(of: target),
      notes: try fileNotes() + target.notes)
  }

  /// Says which file is there and not merged, where a developer might expect it.
  package func fileNotes() throws(ProjectError) -> [String] {
    let found = try workspace.composeFiles()
    guard goal.isOnHosts, let file = found.leftOut, let environment = workspace.environmentName
    else { return [] }
    let both = (found.files + [file]).joined(separator: ", ")
    return [
      "`\(file)` is not merged into `\(environment)`; say `compose: [\(both)]` there if it should be"
    ]
  }

  /// All hosts of the environment.
  package func hosts() throws(ProjectError) -> [Host] {
    try workspace.hosts(of: try workspace.deployed())
  }

  /// The graph that takes the lock of the environment away.
  func unlock() throws -> Graph {
    var graph = Graph()
    for host in try hosts() {
      let lock = try graph.add(
        HostLockTask(host),
        policy: TaskPolicy(
          pool: Pool("ssh", capacity: 16), phase: "prepare", host: host.name))
      try graph.add(
        HostUnlock(id: TaskID("host/\(host.name)/unlock"), host: host, lock: lock),
        after: [lock.id],
        policy: TaskPolicy(pool: Pool("ssh", capacity: 16), phase: "unlock", host: host.name))
    }
    return graph
  }

  /// The graph of a deploy; `change` nil where it is only looked at.
  ///
  /// With `looksForUpdates` registries are also asked for images that stay as they are.
  package func deploy(
    _ deployment: Deployment, _ request: DeployRequest, change: HostChange?,
    looksForUpdates: Bool = false
  ) throws -> Graph {
    let target = deployment.target
    let policy = try workspace.deployed().images ?? workspace.project.images
    return try planner.deploy(
      Planner.DeployInputs(
        target: deployment.target, keepsGoing: request.keepsGoing,
        addresses: deployment.addresses, application: deployment.application,
        images: ImageSelection(
          policy: policy, updates: request.updates, deployed: Set(target.services.map(\.name))),
        looksForUpdates: looksForUpdates,
        remembered: { [state, workspace] named in
          RenderedReleases(layout: state.layout, environment: target.environment).chosen(
            named, hosts: target.allHosts.map(\.name),
            history: ReleaseHistory(layout: state.layout, variables: workspace.environment))
        }, owner: workspace.owner,
        names: request.allowsNewVolumes
          ? nil : try workspace.applicationNames(adopts: request.adopts),
        change: change),
      deployment.inputs)
  }

  /// What a person should know of how images were chosen in a run.
  package func imageNotes(in result: RunResult) -> [String] {
    (result.observations[DeployPlanning.imagesID] as? ChosenImages)?.notes ?? []
  }

  private func target(
    _ compose: ComposeModel, _ selection: DeploySelection
  ) throws(ProjectError) -> DeployTarget {
    let environment = try workspace.deployed()
    let active: [ComposeService]
    do throws(TaskError) {
      active = try compose.services(
        withProfiles: workspace.profiles)
    } catch {
      throw ProjectError(
        Diagnostic(.stated(id: "profile", message: error.message, hint: error.hint)))
    }
    return try DeployTarget(
      project: workspace.project, environment: environment,
      services: active.map {
        ComposeServiceOutline(
          name: $0.name, dependencies: $0.dependencies.map(\.service), ties: $0.ties)
      },
      defined: compose.services.map(\.name), selection: selection,
      variables: workspace.environment)
  }

  /// The addresses of hosts that services elsewhere must find: as the project says, else as ssh does.
  private func addresses(of target: DeployTarget) async throws(TaskError) -> [String: String] {
    let placed = Set(target.allHosts.map { Set($0.placed) })
    guard placed.count > 1 else { return [:] }
    var addresses = target.addresses
    for host in target.allHosts where addresses[host.name] == nil {
      addresses[host.name] = try await HostAddress.find(
        host.name, environment: workspace.environment, commands: commands)
    }
    return addresses
  }
}
