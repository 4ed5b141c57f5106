// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One goal in one loaded project: plans its graph, evaluates it or runs it, and keeps what the run
// learned. Prints nothing.

package import Cache
import SystemPackage
package import TaskGraph
import Tasks

/// A goal in a loaded project.
package struct GoalRun: Sendable {
  package let workspace: Workspace
  package let goal: Goal
  package let state: ProjectState
  package let options: RunOptions
  let commands: any CommandRunner
  private let jobs: Int
  private let engineJobs: Int
  package let version: ImageVersion

  /// Bundles what a goal needs; `version` names the images of a build.
  package init(
    workspace: Workspace, goal: Goal, version: ImageVersion, state: ProjectState,
    options: RunOptions,
    commands: any CommandRunner, jobs: Int, engineJobs: Int
  ) {
    self.workspace = workspace
    self.goal = goal
    self.version = version
    self.state = state
    self.options = options
    self.commands = commands
    self.jobs = jobs
    self.engineJobs = engineJobs
  }

  /// The graph of the goal.
  ///
  /// Compose is asked where no record answers; with `index` its answer is kept.
  package func graph(
    keeping index: inout TaskIndex?, runID: String, looksForUpdates: Bool = false
  ) async throws -> Graph {
    switch goal {
    case .run(let tasks): return try planner.tasks(tasks)
    case .migrate(let request): return try await migrate(request)
    case .build(let services, let push, _):
      let task = try workspace.composeTask()
      let compose = try await self.compose(task, keeping: &index, runID: runID)
      return try planner.build(
        services: services, push: push,
        Planner.BuildInputs(
          compose: compose, composeTask: task, version: version,
          secretKey: try secretKey(for: compose)))
    case .deploy(let request):
      return try deploy(
        try await deployment(request, keeping: &index, runID: runID), request, change: nil,
        looksForUpdates: looksForUpdates)
    case .unlock: return try unlock()
    case .rollback(let request):
      return try rollback(try await recall(request), request, change: nil)
    }
  }

  /// The same with another value of a variable.
  package func changing(variable name: String) -> GoalRun {
    var environment = workspace.environment
    // Another number where it is one, so that Compose still takes it where it wants one.
    environment[name] =
      environment[name].flatMap { Int($0) }.map { String($0 + 1) }
      ?? (environment[name] ?? "") + "-changed"
    return GoalRun(
      workspace: workspace.replacing(environment: environment), goal: goal, version: version,
      state: state, options: options, commands: commands, jobs: jobs, engineJobs: engineJobs)
  }

  /// The environment that the goal is for; empty where it is not about hosts.
  package var environmentName: String { goal.isOnHosts ? workspace.environmentName ?? "" : "" }

  /// Makes graphs for this goal.
  var planner: Planner { Planner(workspace.project, jobs: jobs, engineJobs: engineJobs) }

  /// Asks single questions outside of a run.
  var inquiry: Inquiry {
    Inquiry(state: state, commands: commands, environment: workspace.environment)
  }

  /// What the goal would do: evaluated, nothing run, nothing written.
  ///
  /// `observers` run the commands of observations; with `asksAround` all observations are made, with
  /// `looksForUpdates` also of images that stay as they are. Files
  /// named by `edited`, relative to the root, are taken to be edited.
  package func plan(
    observers: any CommandRunner, asksAround: Bool, looksForUpdates: Bool = false,
    edited: [String] = []
  ) async throws -> [PlanEntry] {
    var nothing: TaskIndex?
    let graph: Graph
    if case .rollback(let request) = goal, !asksAround {
      graph = try rollback(try rememberedRecall(request), request, change: nil)
    } else {
      graph = try await self.graph(
        keeping: &nothing, runID: "", looksForUpdates: looksForUpdates)
    }
    return await Evaluator(
      state: state, environment: workspace.environment, options: options, observers: observers,
      asksAround: asksAround, edited: edited
    ).entries(of: graph, index: TaskIndex.load(state.layout.taskIndex))
  }

  /// What a run of `graph` would do, after asking engine, registry and hosts.
  package func refreshed(_ graph: Graph, index: TaskIndex) async -> [PlanEntry] {
    await Evaluator(
      state: state, environment: workspace.environment, options: options, observers: commands,
      asksAround: true
    ).entries(of: graph, index: index)
  }

  /// What a run of `graph` would do.
  package func entries(of graph: Graph, index: TaskIndex) async -> [PlanEntry] {
    await Evaluator(
      state: state, environment: workspace.environment, options: options, observers: commands
    ).entries(of: graph, index: index)
  }

  /// Runs `graph`; cancelling the calling task stops it.
  package func run(
    _ graph: Graph, id: String, index: inout TaskIndex, emit: @escaping @Sendable (Event) -> Void
  ) async -> RunResult {
    await Executor(
      state: state, commands: commands, environment: workspace.environment, options: options
    ).run(graph, goal: goal.text, runID: id, index: &index, emit: emit)
  }

  /// Writes what a run learned; returns what could not be written.
  package func save(_ index: inout TaskIndex) -> [String] {
    var warnings: [String] = []
    do throws(CacheError) { try index.save(to: state.layout.taskIndex) } catch {
      warnings.append(error.description)
    }
    do throws(CacheError) { try state.files.save() } catch {
      warnings.append(error.description)
    }
    return warnings
  }

  func compose(
    _ task: ComposeConfig, keeping index: inout TaskIndex?, runID: String
  ) async throws -> ComposeModel {
    do throws(TaskError) {
      guard var kept = index else {
        return try await inquiry.value(of: task, salt: options.salt)
      }
      let value = try await Executor(
        state: state, commands: commands, environment: workspace.environment,
        options: RunOptions(salt: options.salt)
      ).value(of: task, runID: runID, index: &kept)
      index = kept
      return value
    } catch {
      guard case .exited = error.code else { throw error }
      // Compose looked at the user's files and refused them: its own words say where.
      let words = error.logTail.map { "\n  " + options.redaction($0) }.joined()
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "compose", message: "Compose cannot use the Compose file:\(words)", hint: nil)))
    }
  }

  /// The key for digests of secrets; made when the first build has one.
  private func secretKey(for compose: ComposeModel) throws -> [UInt8] {
    guard compose.services.contains(where: { !($0.build?.secrets ?? []).isEmpty }) else {
      return []
    }
    return try secretKey()
  }

  /// The key for digests of secrets: this machine's own, or the one that a variable gives to several.
  package func secretKey() throws -> [UInt8] {
    if let text = workspace.environment[SecretKey.variable], !text.isEmpty {
      guard let key = SecretKey.derived(from: text, project: workspace.project.name) else {
        throw ProjectError(
          Diagnostic(
            .stated(
              id: "secret-key",
              message: "`\(SecretKey.variable)` has fewer than "
                + "\(SecretKey.leastCharacters) characters",
              hint: "make one with `openssl rand -hex 32`, the same for all machines")))
      }
      return key
    }
    return try SecretKey.load(
      directory: SecretKey.directory(environment: workspace.environment),
      project: workspace.project.name)
  }
}
