// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Puts the hooks of a project where they belong in a deploy. Knows phases and sides, and nothing of
// what hooks do.

import TaskGraph
import Tasks

/// The hooks of a project, to be put into a graph.
///
/// Up to the push nobody knows whether a host will be changed: there a hook is a task like any other
/// and runs when its inputs changed. Later ones run in each deploy that changes a host.
struct HookPlanning {
  let tasks: [TaskDefinition]
  /// Told to hooks as variables.
  let variables: [String: String]

  /// Whether a hook runs only where a host is changed.
  var hasLate: Bool { hooks.contains { Self.isLate($1) } }

  private static func isLate(_ hook: TaskDefinition.Hook) -> Bool {
    hook.phase != .build && (hook.side == .after || hook.phase != .push)
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
              "`\(task.name)` runs \(moment) of a deploy, and something that runs earlier needs it",
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
  func add(
    _ sides: [(TaskDefinition.Hook.Side, Set<DeployPhase>)],
    _ changes: TaskRef<HostChanges.Output>?, sites: [HostSite], after: [TaskID],
    to graph: inout Graph
  ) throws(GraphError) -> [TaskID] {
    var last = after
    guard let changes else { return last }
    for (side, phases) in sides {
      for (task, hook) in hooks where hook.side == side && phases.contains(hook.phase) {
        let needs =
          task.needs.map { TaskID($0.name) } + [changes.id] + sites.map(\.desired.id)
        last = [
          try graph.add(
            HookTask(
              CommandTask(task), sites: sites, changes: changes, variables: variables),
            after: last + needs, policy: policy(task, hook)
          ).id
        ]
      }
    }
    return last
  }

  private var hooks: [(TaskDefinition, TaskDefinition.Hook)] {
    tasks.compactMap { task in task.hook.map { (task, $0) } }
  }

  private func policy(_ task: TaskDefinition, _ hook: TaskDefinition.Hook) -> TaskPolicy {
    TaskPolicy(
      pool: Pool("hooks", capacity: 1), phase: hook.phase.rawValue, timeout: task.timeout,
      retries: task.retries, declaredAt: task.location.description)
  }
}
