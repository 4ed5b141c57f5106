// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a change would touch: two plans compared, one of things as they are and one of things as they
// would be. A pure function of the two.

import Cache
package import TaskGraph

/// The tasks that a change touches.
package struct AffectedTasks: Sendable {
  /// As the second plan has them, in its order; those that only look or wait are left out.
  package let entries: [PlanEntry]

  /// The Compose services among them, sorted.
  package var services: [String] { Set(entries.compactMap(\.service)).sorted() }
  /// The hosts among them, sorted.
  package var hosts: [String] { Set(entries.compactMap(\.host)).sorted() }

  /// What differs in `after`, and what waits for such a task to know what it has to do.
  package init(before: [PlanEntry], after: [PlanEntry]) {
    let known = Dictionary(before.map { ($0.id, $0) }) { first, _ in first }
    var touched: Set<TaskID> = []
    var entries: [PlanEntry] = []
    for entry in after {
      let isOther =
        known[entry.id].map { old in
          old.status != entry.status || old.state != entry.state
            || old.differences != entry.differences || old.seen != entry.seen
        } ?? true
      guard isOther || Self.waits(entry, for: touched) else { continue }
      touched.insert(entry.id)
      if entry.taskClass != .observe { entries.append(entry) }
    }
    self.entries = entries
  }

  /// What a change of the image or the definition of a service touches: its own tasks, and on its
  /// hosts those that are about the whole host.
  package init(of service: String, in plan: [PlanEntry]) {
    let own = plan.filter { $0.service == service }
    let hosts = Set(own.compactMap(\.host))
    var touched = Set(own.map(\.id))
    let change = Manifest.Change(
      field: .setting, name: "service \(service)", old: nil, new: Manifest.unknown)
    entries = plan.filter { entry in
      guard entry.taskClass != .observe else { return false }
      if touched.contains(entry.id) { return true }
      if let host = entry.host { return entry.service == nil && hosts.contains(host) }
      // An image that is built on this one.
      guard entry.service != nil, !touched.isDisjoint(with: entry.dependsOn) else { return false }
      touched.insert(entry.id)
      return true
    }.map { entry in
      var entry = entry
      entry.status = entry.service == service ? .run : .maybe
      entry.reason = .changed([change])
      return entry
    }
  }

  private static func waits(_ entry: PlanEntry, for touched: Set<TaskID>) -> Bool {
    guard case .upstreamRuns(let ids) = entry.reason else { return false }
    return !touched.isDisjoint(with: ids)
  }
}
