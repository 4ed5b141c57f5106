// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Puts the hooks of a project where they belong in a run. Knows phases and sides, and nothing of what
// hooks do.

import TaskGraph
import Tasks

/// The hooks of a project, to be put into a graph.
///
/// Up to the push nobody knows whether a host will be changed: there a hook is a task like any other
/// and runs when its inputs changed. Later ones run in each run that changes a host.
struct HookPlanning {
  /// The kind of run.
  let run: TaskDefinition.Hook.Run
  /// The hooks that are part of such a run, in file order.
  private let hooks: [(TaskDefinition, TaskDefinition.Hook)]
  private let facts: HookFacts

  /// Those of `tasks` that are part of a run; `facts` is what they are told of it.
  init(_ tasks: [TaskDefinition], in run: TaskDefinition.Hook.Run, facts: HookFacts) {
    self.run = run
    self.facts = facts
    hooks = tasks.compactMap { task in
      task.hook.flatMap { $0.runs.contains(run) ? (task, $0) : nil }
    }
  }

  /// The hooks of a change of hosts; `change` is nil where it is only looked at.
  init(
    _ tasks: [TaskDefinition], in run: TaskDefinition.Hook.Run, of environment: String,
    _ change: HostChange?
  ) {
    self.init(
      tasks, in: run,
      facts: change?.facts(run, of: environment)
        ?? HookFacts(kind: run.rawValue, environment: environment, by: ""))
  }

  /// The tasks that hooks need.
  var needs: [String] { hooks.flatMap { $0.0.needs.map(\.name) } }

  /// Whether a hook runs only where a host is changed.
  var hasLate: Bool { hooks.contains { Self.isLate($1) } }

  private static func isLate(_ hook: TaskDefinition.Hook) -> Bool {
    hook.phase != .build && (hook.side == .after || hook.phase != .push)
  }

  /// The hooks of one side of any phase, by name.
  func names(_ side: TaskDefinition.Hook.Side) -> [String] {
    hooks.filter { $0.1.side == side }.map(\.0.name)
  }

  /// Refuses a late hook that other tasks need, which `graph` has already: they run before it is known
  /// whether it runs at all.
  func checkNeeded(in graph: Graph) throws(ProjectError) {
    for (task, hook) in hooks
    where Self.isLate(hook) && graph.position(of: TaskID(task.name)) != nil {
      let moment = "\(hook.side.rawValue) `\(hook.phase.rawValue)`"
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "hook-needed",
            message:
              "`\(task.name)` runs \(moment) of a \(run.rawValue), and something that runs earlier needs it",
            hint: "move what both need into a task without `before` and `after`"),
          at: task.location, length: task.name.unicodeScalars.count))
    }
  }

  /// Adds the hooks of moments before anything is pushed, each after the one that stands before it;
  /// returns the last, or `after` where there is none.
  func add(
    early moments: [(TaskDefinition.Hook.Side, DeployPhase)], after: [TaskID],
    to graph: inout Graph
  ) throws(GraphError) -> [TaskID] {
    var last = after
    for (side, phase) in moments {
      for (task, hook) in hooks where hook.side == side && hook.phase == phase {
        // What another task needs is there already, and before all of this.
        guard graph.position(of: TaskID(task.name)) == nil else { continue }
        last = [
          try graph.add(
            CommandTask(task), after: last + task.needs.map { TaskID($0.name) },
            policy: policy(task, hook)
          ).id
        ]
      }
    }
    return last
  }

  /// Adds the hooks of a moment between phases, each after the one that stands before it; returns the
  /// last, or `after` where there is none.
  ///
  /// `status` is how far the hosts are then.
  func add(
    _ sides: [(TaskDefinition.Hook.Side, Set<DeployPhase>)], of occasion: HookTask.Occasion?,
    _ status: HookFacts.Status, after: [TaskID], to graph: inout Graph
  ) throws(GraphError) -> [TaskID] {
    var last = after
    guard let occasion else { return last }
    for (side, phases) in sides {
      for (task, hook) in hooks where hook.side == side && phases.contains(hook.phase) {
        let hookTask = HookTask(CommandTask(task), occasion, facts: facts, status: status)
        last = [
          try graph.add(
            hookTask,
            after: last + task.needs.map { TaskID($0.name) } + hookTask.dependencies,
            policy: policy(task, hook)
          ).id
        ]
      }
    }
    return last
  }

  private func policy(_ task: TaskDefinition, _ hook: TaskDefinition.Hook) -> TaskPolicy {
    TaskPolicy(
      pool: Pool("hooks", capacity: 1), phase: hook.phase.rawValue, timeout: task.timeout,
      retries: task.retries, declaredAt: task.location.description)
  }
}
