// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Counts a plan and says the counts in one line. Knows no display.

/// How many tasks of a plan would run.
package struct PlanSummary: Sendable, Hashable {
  package private(set) var hits = 0
  package private(set) var runs = 0
  package private(set) var maybes = 0
  /// Observations: they run each time and change nothing.
  ///
  /// Gates, which do nothing, are not counted.
  package private(set) var looks = 0

  /// Counts `entries`.
  package init(_ entries: [PlanEntry]) {
    for entry in entries {
      switch entry.status {
      case _ where entry.kind == Gate.kind: break
      case _ where entry.taskClass == .observe: looks += 1
      case .hit: hits += 1
      case .run: runs += 1
      case .maybe: maybes += 1
      }
    }
  }

  /// `12 tasks: 3 to run, 2 may run, 7 up to date; 4 more only look`.
  package var text: String {
    let total = hits + runs + maybes
    let looking = looks == 0 ? "" : "; \(looks) more only look"
    if total == 0 { return "no tasks" + looking }
    var parts: [String] = []
    if runs > 0 { parts.append("\(runs) to run") }
    if maybes > 0 { parts.append("\(maybes) may run") }
    if hits > 0 { parts.append("\(hits) up to date") }
    return "\(total) task\(total == 1 ? "" : "s"): " + parts.joined(separator: ", ") + looking
  }
}
