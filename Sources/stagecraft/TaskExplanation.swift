// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Why one task ran or would run, as a value. Knows no wording.

import TaskGraph

/// The answer to `why`.
struct TaskExplanation: Sendable, Hashable {
  /// What happens to the task, and when.
  enum Moment: Sendable, Hashable {
    /// It ran in the run of this name.
    case ran(run: String, outcome: String)
    /// It would do this now.
    case now(PlanEntry.Status)
  }

  let id: TaskID
  let moment: Moment
  let reason: Reason
  /// The same for what it needs and what ran, or would run, before it.
  var upstream: [TaskExplanation] = []
}
