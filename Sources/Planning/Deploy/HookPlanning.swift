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

  /// The names of the hooks of a side of a phase, in file order.
  func names(_ side: TaskDefinition.Hook.Side, _ phases: Set<DeployPhase>) -> [String] {
    tasks.filter { task in
      task.hook.map { $0.side == side && phases.contains($0.phase) } ?? false
    }.map(\.name)
  }

  /// The hooks that are tasks like any other, before and after images are built.
  var early: [String] {
    names(.before, [.build, .push]) + names(.after, [.build])
  }

  /// Adds the hooks of a moment between phases, each after the one that stands before it; returns the
  /// last, or `after` where there is none.
  func add(
    _ sides: [(TaskDefinition.Hook.Side, Set<DeployPhase>)], sites: [HostSite],
    after: [TaskID], to graph: inout Graph
  ) throws(GraphError) -> [TaskID] {
    var last = after
    for (side, phases) in sides {
      for task in tasks {
        guard let hook = task.hook, hook.side == side, phases.contains(hook.phase) else { continue }
        let needs =
          task.needs.map { TaskID($0.name) } + sites.flatMap { [$0.facts.id, $0.desired.id] }
        var policy = TaskPolicy(
          phase: hook.phase.rawValue, timeout: task.timeout, retries: task.retries,
          declaredAt: task.location.description)
        policy.pool = Pool("hooks", capacity: 1)
        last = [
          try graph.add(
            HookTask(CommandTask(task), sites: sites, variables: variables),
            after: last + needs, policy: policy
          ).id
        ]
      }
    }
    return last
  }
}
