// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds out why a task ran or would run, through all that made it: from an image back to the file that
// somebody edited. A pure function of a plan and the records of past runs.

import Cache
import TaskGraph

/// Explains tasks of one plan.
struct Explanations {
  private let entries: [TaskID: PlanEntry]
  private let index: TaskIndex

  /// Explanations from a plan and what past runs left.
  init(entries: [PlanEntry], index: TaskIndex) {
    self.entries = Dictionary(entries.map { ($0.id, $0) }) { first, _ in first }
    self.index = index
  }

  /// Why a task of the plan ran last, or would run; nil for a task that is not in it.
  func explanation(of id: TaskID) -> TaskExplanation? {
    var told: Set<TaskID> = [id]
    return explanation(of: id, &told)
  }

  private func explanation(of id: TaskID, _ told: inout Set<TaskID>) -> TaskExplanation? {
    guard let entry = entries[id] else { return nil }
    guard entry.status == .hit, let last = index[id.text] else {
      var result = TaskExplanation(id: id, moment: .now(entry.status), reason: entry.reason)
      guard entry.status != .hit, entry.reason != .neverRan else { return result }
      for other in entry.dependsOn {
        guard let before = entries[other], before.status != .hit, before.taskClass != .observe,
          told.insert(other).inserted
        else { continue }
        if let found = explanation(of: other, &told) { result.upstream.append(found) }
      }
      return result
    }
    var result = TaskExplanation(
      id: id, moment: .ran(run: last.runID, outcome: last.succeeded ? "executed" : "failed"),
      reason: Reason(of: last))
    for change in last.lastChanges where change.field == .dependency {
      let other = TaskID(change.name)
      // What ran later than this has other changes to tell.
      guard let before = index[change.name], before.runID == last.runID,
        entries[other]?.status == .hit, told.insert(other).inserted
      else { continue }
      if let found = explanation(of: other, &told) { result.upstream.append(found) }
    }
    return result
  }
}
