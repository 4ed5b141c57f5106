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
  ///
  /// Each cause is reached by the shortest way to it, so that a cause has one branch; tasks that lead
  /// to none are left out.
  func explanation(of id: TaskID) -> TaskExplanation? {
    guard let entry = entries[id] else { return nil }
    let root = told(entry, at: nil)
    var found = [id: root]
    var children: [TaskID: [TaskID]] = [:]
    var parents: [TaskID: TaskID] = [:]
    var queue = [id]
    var next = 0
    while next < queue.count {
      let position = queue[next]
      next += 1
      guard let here = found[position] else { continue }
      for above in before(here) where found[above.id] == nil {
        found[above.id] = above
        parents[above.id] = position
        queue.append(above.id)
      }
    }
    // What leads to a cause is kept, from the cause up to the task.
    var kept: Set<TaskID> = [id]
    for position in queue where found[position]?.isCause == true {
      var step = position
      while kept.insert(step).inserted, let parent = parents[step] { step = parent }
    }
    for position in queue.dropFirst() where kept.contains(position) {
      if let parent = parents[position] { children[parent, default: []].append(position) }
    }
    // A task stands in the queue behind the one that it was found from.
    for position in queue.reversed() where kept.contains(position) {
      let above = (children[position] ?? []).compactMap { found[$0] }
      found[position]?.upstream = above
    }
    return found[id]
  }

  /// A task without what led to it; `run` is the run that is told about, nil for what would run now.
  private func told(_ entry: PlanEntry, at run: String?) -> TaskExplanation {
    let isObservation = entry.taskClass == .observe
    let last = index[entry.id.text]
    let outputs = last?.outputs.map(\.path) ?? []
    if isObservation, let run {
      return TaskExplanation(
        id: entry.id, moment: .ran(run: run, outcome: "executed"), reason: entry.reason,
        isObservation: true, outputs: [])
    }
    if entry.status == .hit, let last, !isObservation {
      if entry.taskClass == .effect, Reason(of: last) == .cached {
        return TaskExplanation(
          id: entry.id, moment: .found(run: last.runID), reason: .recorded, isObservation: false,
          outputs: outputs)
      }
      return TaskExplanation(
        id: entry.id,
        moment: .ran(run: last.runID, outcome: last.succeeded ? "executed" : "failed"),
        reason: Reason(of: last), isObservation: false, outputs: outputs)
    }
    return TaskExplanation(
      id: entry.id, moment: .now(entry.status), reason: entry.reason, isObservation: isObservation,
      outputs: outputs)
  }

  /// What ran, or would run, right before a task and may have led to it.
  private func before(_ task: TaskExplanation) -> [TaskExplanation] {
    guard task.reason != .neverRan, let entry = entries[task.id] else { return [] }
    let dependencies = entry.dependsOn.compactMap { entries[$0] }
    switch task.moment {
    case .now:
      return dependencies.filter { $0.status != .hit || $0.taskClass == .observe }
        .map { told($0, at: nil) }
    case .found: return []
    case .ran(let run, _):
      // A task that looks at the world may have run for it alone; what came out anew is told then.
      var changed: Set<String>?
      if case .changed(let changes) = task.reason {
        changed = Set(changes.filter { $0.field == .dependency }.map(\.name))
      }
      return dependencies.filter { other in
        if other.taskClass == .observe { return changed?.contains(other.id.text) ?? true }
        guard changed?.contains(other.id.text) ?? true, other.status == .hit else { return false }
        // What ran later than this has other changes to tell.
        return index[other.id.text]?.runID == run
      }.map { told($0, at: run) }
    }
  }
}
