// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sorts the tasks of a plan into phases and, within a phase, hosts, for every drawing alike; and leaves
// out the arrows that follow from others. Knows no format.

/// The tasks of a plan by phase and host, with the arrows worth drawing.
struct PlanClusters {
  /// Tasks of a phase on one host, or on this machine.
  struct Group {
    /// nil for this machine.
    let host: String?
    /// Positions in the entries, by name of the task.
    var positions: [Int]
  }

  /// One phase.
  struct Phase {
    let name: String
    /// This machine first, then hosts by name.
    var groups: [Group]
  }

  /// In the order in which the phases first occur.
  let phases: [Phase]
  /// Arrows from a task to one that waits for it, sorted by both names.
  let edges: [(from: Int, to: Int)]

  init(_ entries: [PlanEntry]) {
    var positions: [TaskID: Int] = [:]
    var order: [String] = []
    var members: [String: [Int]] = [:]
    for (position, entry) in entries.enumerated() {
      positions[entry.id] = position
      if members[entry.phase] == nil { order.append(entry.phase) }
      members[entry.phase, default: []].append(position)
    }
    phases = order.map { phase in
      var hosts: [String: [Int]] = [:]
      for position in members[phase] ?? [] {
        hosts[TaskPlace(entries[position]).host ?? "", default: []].append(position)
      }
      let groups = hosts.keys.sorted().map { host in
        Group(
          host: host.isEmpty ? nil : host,
          positions: (hosts[host] ?? []).sorted { entries[$0].id < entries[$1].id })
      }
      return Phase(name: phase, groups: groups)
    }
    let before = entries.map { $0.dependsOn.compactMap { positions[$0] } }
    let isOrdered = before.indices.allSatisfy { place in before[place].allSatisfy { $0 < place } }
    let arrows = isOrdered ? EdgeReduction.reduce(before) : before
    var edges: [(from: Int, to: Int)] = []
    for (place, others) in arrows.enumerated() {
      for other in others { edges.append((other, place)) }
    }
    self.edges = edges.sorted { left, right in
      left.from != right.from
        ? entries[left.from].id < entries[right.from].id
        : entries[left.to].id < entries[right.to].id
    }
  }
}
