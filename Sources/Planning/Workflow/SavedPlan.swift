// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A plan in a file: what would run and what that rests on, so that a later run does exactly this or
// says what moved.

import Cache
package import TaskGraph
import Tasks

/// A plan that was written down.
package struct SavedPlan: JSONStorable, Hashable {
  /// One task of it.
  package struct Entry: Codable, Sendable, Hashable {
    /// The task's name.
    package let id: String
    /// `hit`, `run` or `maybe`.
    package let status: String
    /// A digest of what that rests on: its key, for an observation what was seen; null where that was
    /// not known.
    package let state: String?
  }

  /// The version of the format.
  package let version: Int
  /// `deploy --services web`.
  package let goal: String
  package let environment: String
  /// In the order of the graph.
  package let tasks: [Entry]

  /// Writes down a plan.
  package init(goal: Goal, environment: String, entries: [PlanEntry]) {
    version = 1
    self.goal = goal.text
    self.environment = environment
    tasks = entries.map {
      Entry(id: $0.id.text, status: $0.status.rawValue, state: $0.state?.hex)
    }
  }

  /// Whether every task was known when it was written: else there is nothing to hold a run to.
  package var isComplete: Bool { tasks.allSatisfy { $0.state != nil } }

  /// What is different in `now`, one line each: the task and how.
  package func moved(in now: SavedPlan) -> [String] {
    var lines: [String] = []
    if goal != now.goal { lines.append("it is of `\(goal)`, not of `\(now.goal)`") }
    if environment != now.environment {
      lines.append("it is of environment `\(environment)`, not of `\(now.environment)`")
    }
    let before = Dictionary(tasks.map { ($0.id, $0) }) { first, _ in first }
    let after = Set(now.tasks.map(\.id))
    for task in now.tasks {
      guard let old = before[task.id] else {
        lines.append("`\(task.id)` is new")
        continue
      }
      if old.status != task.status {
        lines.append("`\(task.id)` was `\(old.status)` and is `\(task.status)`")
      } else if old.state != task.state {
        lines.append("`\(task.id)` rests on something else")
      }
    }
    lines += tasks.filter { !after.contains($0.id) }.map { "`\($0.id)` is gone" }
    return lines
  }
}
