// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sorts the tasks of a plan into their phases, for every drawing alike. Knows no format.

/// The tasks of a plan by phase.
struct PhaseGroups {
  /// One phase with the positions of its tasks.
  struct Group {
    let phase: String
    /// Positions in the entries, by name of the task.
    var positions: [Int]
  }

  /// In the order in which the phases first occur.
  private(set) var groups: [Group] = []
  /// The position of each task.
  private(set) var positions: [TaskID: Int] = [:]

  init(_ entries: [PlanEntry]) {
    var places: [String: Int] = [:]
    positions.reserveCapacity(entries.count)
    for (position, entry) in entries.enumerated() {
      positions[entry.id] = position
      if let place = places[entry.phase] {
        groups[place].positions.append(position)
      } else {
        places[entry.phase] = groups.count
        groups.append(Group(phase: entry.phase, positions: [position]))
      }
    }
    for place in groups.indices {
      groups[place].positions.sort { entries[$0].id < entries[$1].id }
    }
  }

  /// All arrows from a task to one that waits for it, sorted by both names.
  func edges(_ entries: [PlanEntry]) -> [(from: Int, to: Int)] {
    var edges: [(from: Int, to: Int)] = []
    for (position, entry) in entries.enumerated() {
      for dependency in entry.dependsOn {
        if let from = positions[dependency] { edges.append((from, position)) }
      }
    }
    return edges.sorted { left, right in
      left.from != right.from
        ? entries[left.from].id < entries[right.from].id
        : entries[left.to].id < entries[right.to].id
    }
  }
}
