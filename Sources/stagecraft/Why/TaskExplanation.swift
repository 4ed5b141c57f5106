// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Why one task ran or would run, as a value: its own reason, and what ran or would run before it and
// led to it. Knows no wording.

import Cache
import TaskGraph

/// The answer to `why`.
struct TaskExplanation: Sendable, Hashable {
  /// What happens to the task, and when.
  enum Moment: Sendable, Hashable {
    /// It ran in the run of this name.
    case ran(run: String, outcome: String)
    /// A run of this name found that nothing was to be done.
    case found(run: String)
    /// It would do this now.
    case now(PlanEntry.Status)
  }

  let id: TaskID
  let moment: Moment
  let reason: Reason
  /// Whether it only looks at something: then it leads from one task to another, and causes nothing.
  let isObservation: Bool
  /// The files that it made when it ran last.
  let outputs: [String]
  /// The same for what led to it.
  var upstream: [TaskExplanation] = []

  /// Changes that no task above made: of files, variables, arguments, tools.
  var ownChanges: [Manifest.Change] {
    guard case .changed(let changes) = reason else { return [] }
    let above = Set(upstream.map(\.id.text))
    let made = Set(upstream.flatMap(\.outputs))
    return changes.filter { change in
      switch change.field {
      case .dependency: !above.contains(change.name)
      case .input: !made.contains(change.name)
      default: true
      }
    }
  }

  /// Whether it would run for a reason of its own.
  var isCause: Bool {
    if isObservation { return false }
    switch reason {
    case .upstreamRuns, .unchanged, .recorded, .observed, .cached: return false
    case .changed(let changes): return changes.contains { $0.field != .dependency }
    case .neverRan, .outputChanged, .evicted, .lastRunFailed, .stateDiffers, .forced,
      .alwaysObserves, .unknown:
      return true
    }
  }

  /// The task and all that led to it, the nearest first.
  var flattened: [TaskExplanation] { [self] + upstream.flatMap(\.flattened) }

  /// Where it begins: something that was changed by somebody, else the farthest reason of its own.
  var cause: TaskExplanation? {
    let causes = flattened.filter(\.isCause)
    return causes.last { if case .changed = $0.reason { true } else { false } } ?? causes.last
  }
}
