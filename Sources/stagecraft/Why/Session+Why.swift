// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Answers `why` from records: finds the goal whose graph has the task, evaluates that without asking
// engine, registry or hosts, and puts together what is known of a host.

import Cache
import Planning
import TaskGraph
import Tasks

extension Session {
  /// Why a task ran last, or would run now; of `host/NAME`, what the host got last.
  func why(_ subject: String) async throws -> WhyAnswer {
    let place = try Place(settings)
    let parts = subject.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.first == "host", parts.count >= 2 else {
      return .task(try await explained(subject, place))
    }
    let (project, environment) = try environmentOf(host: parts[1], place)
    let session = choosing(environment: environment.name)
    if parts.count > 2 { return .task(try await session.explained(subject, place)) }
    return .host(try await session.explained(host: parts[1], project, environment, place))
  }

  // MARK: tasks

  private func explained(_ task: String, _ place: Place) async throws -> TaskExplanation {
    let workspace = try loaded(place)
    // Names of the project's own tasks hold no `/`, and all others do.
    let isOwn = workspace.project.task(task) != nil
    if !isOwn, !task.contains("/") {
      throw Self.unknownTask(task, known: workspace.project.tasks.map(\.name), workspace)
    }
    let id = TaskID(task)
    let (explanations, graph) = try await explanations(
      of: isOwn ? .run(tasks: [task]) : Self.goal(of: task), workspace, place
    ) { $0 == id }
    guard graph.position(of: id) != nil else {
      throw Self.unknownTask(task, known: graph.nodes.map(\.id.text), workspace)
    }
    guard let explanation = explanations.explanation(of: id) else {
      throw CommandFailure(.bug, "the task `\(task)` was planned and then lost")
    }
    return explanation
  }

  /// The goal whose graph has a task of this name: images are built without an environment too.
  private static func goal(of task: String) -> Goal {
    task.hasPrefix("image/") || task == "compose/config"
      ? .build(services: [], push: task.hasSuffix("/push"), version: nil)
      : .deploy(DeployRequest(selection: DeploySelection()))
  }

  private func explanations(
    of goal: Goal, _ workspace: Workspace, _ place: Place, _ isAsked: (TaskID) -> Bool
  ) async throws -> (Explanations, Graph) {
    let workspace = try await ready(workspace, for: goal)
    let run = try goalRun(
      goal, workspace, RunFlags.Values(force: []), isReader: true,
      version: goal.isOnHosts
        ? try await version(of: goal, workspace, place)
        : try await demandedVersion(of: goal, place), place)
    var nothing: TaskIndex?
    let graph = try await run.graph(keeping: &nothing, runID: "")
    let index = TaskIndex.load(run.state.layout.taskIndex)
    let asked = graph.nodes.map(\.id).filter(isAsked)
    let entries =
      asked.isEmpty
      ? [] : await run.entries(of: graph.subgraph(reaching: asked), index: index)
    return (Explanations(entries: entries, index: index), graph)
  }

  private static func unknownTask(
    _ task: String, known: [String], _ workspace: Workspace
  ) -> CommandFailure {
    let project = workspace.project
    let roles = [project.hosts] + project.environments.map(\.hosts)
    let hosts =
      roles.compactMap(\.self).flatMap(\.hostNames)
      + (project.environments.contains(where: \.isLocal) ? ["local"] : [])
    // The name of a host or of a service alone stands for what is about it.
    let hint =
      hosts.contains(task)
      ? "host/\(task)"
      : Suggestion.nearest(to: task, among: known)
        ?? (workspace.builtServices.contains(task) ? "image/\(task)/build" : nil)
    return CommandFailure(
      .input, "there is no task `\(TerminalText.sanitized(task))`",
      hint: hint.map { "did you mean `\($0)`?" }
        ?? "`stagecraft plan` lists the tasks of images, `stagecraft plan deploy` those of hosts")
  }

  // MARK: hosts

  /// The environment that a host belongs to: the chosen one, else the one that has it.
  private func environmentOf(
    host: String, _ place: Place
  ) throws -> (Project, EnvironmentSettings) {
    let (project, environments) = try chosenEnvironments(place)
    func hosts(of environment: EnvironmentSettings) -> [String] {
      environment.isLocal ? ["local"] : project.hosts(of: environment)?.hostNames ?? []
    }
    let having = environments.filter { hosts(of: $0).contains(host) }
    if having.count == 1 { return (project, having[0]) }
    if let usual = having.first(where: { $0.name == settings.environment }) {
      return (project, usual)
    }
    let shown = TerminalText.sanitized(host)
    guard having.isEmpty else {
      let names = having.map { "`\($0.name)`" }.joined(separator: ", ")
      throw CommandFailure(
        .input, "the host `\(shown)` is in several environments: \(names)",
        hint: "choose one with `--env`")
    }
    var seen: Set<String> = []
    let known = environments.flatMap(hosts).filter { seen.insert($0).inserted }
    let place = settings.isEnvironmentChosen ? "`\(settings.environment)` has" : "there is"
    throw CommandFailure(
      .input, "\(place) no host `\(shown)`",
      hint: Suggestion.nearest(to: host, among: known).map { "did you mean `host/\($0)`?" }
        ?? (known.isEmpty
          ? "the hosts of an environment stand under `hosts`"
          : "one of " + known.map { "`\($0)`" }.joined(separator: ", ")))
  }

  private func explained(
    host: String, _ project: Project, _ environment: EnvironmentSettings, _ place: Place
  ) async throws -> HostExplanation {
    let workspace = try loaded(place)
    let prefix = "host/\(host)/"
    let (explanations, graph) = try await explanations(
      of: .deploy(DeployRequest(selection: DeploySelection())), workspace, place
    ) { $0.text.hasPrefix(prefix) }
    let effects = graph.nodes.filter { $0.taskClass == .effect && $0.id.text.hasPrefix(prefix) }
    let services = effects.compactMap { DeployStep($0.id)?.service }
    var seen: Set<String> = []
    let history = ReleaseHistory(
      layout: StateLayout(projectRoot: place.location.root), variables: place.environment)
    return HostExplanation(
      host: host, environment: environment.name,
      roles: (project.hosts(of: environment)?.roles ?? []).filter { role in
        role.hosts.contains { $0.name == host }
      }.map(\.name),
      services: services.filter { seen.insert($0).inserted }, records: try history.records(),
      effects: effects.compactMap { explanations.explanation(of: $0.id) })
  }
}

extension Workspace {
  /// Services with an image to build, from the Compose file as it stands; a hint is made of them.
  fileprivate var builtServices: [String] {
    do throws(CommandFailure) {
      return try ComposeOverview.find(in: root)?.built ?? []
    } catch {
      // The message stands without the hint.
      return []
    }
  }
}
