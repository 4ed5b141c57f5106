// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Counts a plan and says the counts in one line. Knows no display.

/// How many tasks of a plan would run.
package struct PlanSummary: Sendable, Hashable {
  package private(set) var hits = 0
  package private(set) var runs = 0
  package private(set) var maybes = 0

  /// Counts `entries`.
  package init(_ entries: [PlanEntry]) {
    for entry in entries {
      switch entry.status {
      case .hit: hits += 1
      case .run: runs += 1
      case .maybe: maybes += 1
      }
    }
  }

  /// `12 tasks: 3 to run, 2 may run, 7 up to date`.
  package var text: String {
    let total = hits + runs + maybes
    if total == 0 { return "no tasks" }
    var parts: [String] = []
    if runs > 0 { parts.append("\(runs) to run") }
    if maybes > 0 { parts.append("\(maybes) may run") }
    if hits > 0 { parts.append("\(hits) up to date") }
    return "\(total) task\(total == 1 ? "" : "s"): " + parts.joined(separator: ", ")
  }
}
