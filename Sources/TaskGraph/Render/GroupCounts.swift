// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Counts the tasks of a group and says the counts; observations are counted apart, because they always
// run and change nothing. Knows no display.

/// How many tasks of a group would do what.
struct GroupCounts {
  private(set) var runs = 0
  private(set) var maybes = 0
  private(set) var hits = 0
  private(set) var looks = 0

  init(_ entries: some Sequence<PlanEntry>) {
    for entry in entries {
      if entry.taskClass == .observe {
        looks += 1
      } else {
        switch entry.status {
        case .run: runs += 1
        case .maybe: maybes += 1
        case .hit: hits += 1
        }
      }
    }
  }

  /// Whether there is nothing to do.
  var isQuiet: Bool { runs + maybes == 0 }

  /// `3 to run, 2 may run, 7 up to date, 4 look only`.
  var text: String {
    var parts: [String] = []
    if runs > 0 { parts.append("\(runs) to run") }
    if maybes > 0 { parts.append("\(maybes) may run") }
    if hits > 0 { parts.append("\(hits) up to date") }
    if looks > 0 { parts.append("\(looks) look only") }
    return parts.isEmpty ? "no tasks" : parts.joined(separator: ", ")
  }

  /// The status that says most of the group.
  var leading: String { runs > 0 ? "run" : maybes > 0 ? "maybe" : hits > 0 ? "hit" : "look" }
}
