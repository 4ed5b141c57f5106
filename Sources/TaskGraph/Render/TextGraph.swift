// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws a plan as trees of text: a heading a phase, below each task what it needs. A pure function of
// the entries; every task is printed once, and named by a reference elsewhere.

/// Draws a plan for a terminal.
package enum TextGraph {
  /// Deeper tasks start a tree of their own, so that a long chain stays readable.
  private static let deepest = 16

  /// The drawing, ending with a line break.
  ///
  /// `↑` refers to a task that stands further up, `↓` to one further down.
  package static func render(
    _ entries: [PlanEntry], goal: String,
    paint: (GraphTint, String) -> String = GraphTint.none
  ) -> String {
    let groups = PhaseGroups(entries)
    var printed = [Bool](repeating: false, count: entries.count)
    var text = paint(.heading, goal) + "  " + PlanSummary(entries).text + "\n"
    for group in groups.groups {
      text += "\n" + paint(.heading, group.phase) + "\n"
      for root in roots(of: group, in: entries, groups.positions) {
        draw(
          root, phase: group.phase, entries, groups.positions, &printed, into: &text, paint: paint)
      }
    }
    return text
  }

  /// Tasks that no other of their phase needs.
  private static func roots(
    of group: PhaseGroups.Group, in entries: [PlanEntry], _ positions: [TaskID: Int]
  ) -> [Int] {
    var needed: Set<Int> = []
    for position in group.positions {
      for dependency in entries[position].dependsOn {
        if let place = positions[dependency] { needed.insert(place) }
      }
    }
    return group.positions.filter { !needed.contains($0) }
  }

  /// A line that waits to be printed; a stack of them, because a graph may be deeper than any stack.
  private struct Line {
    let position: Int
    let prefix: String
    let depth: Int
    let isLast: Bool
  }

  private static func draw(
    _ root: Int, phase: String, _ entries: [PlanEntry], _ positions: [TaskID: Int],
    _ printed: inout [Bool], into text: inout String, paint: (GraphTint, String) -> String
  ) {
    var roots = [root]
    var next = 0
    while next < roots.count {
      let start = roots[next]
      next += 1
      if printed[start] { continue }
      var stack = [Line(position: start, prefix: "", depth: 0, isLast: true)]
      while let line = stack.popLast() {
        let entry = entries[line.position]
        let branch = line.depth == 0 ? "" : line.isLast ? "└─ " : "├─ "
        text += paint(.faint, line.prefix + branch)
        if printed[line.position] || entry.phase != phase {
          let arrow = printed[line.position] ? "↑" : "↓"
          text += paint(.faint, "\(arrow) \(entry.id)") + "\n"
          continue
        }
        if line.depth > deepest {
          text += paint(.faint, "↓ \(entry.id)") + "\n"
          roots.append(line.position)
          continue
        }
        printed[line.position] = true
        text += paint(entry.status.tint, "\(entry.status.mark) \(entry.id)")
        text += "  \(entry.status.rawValue): "
        text += paint(.faint, ReasonFormat.text(entry.reason)) + "\n"
        let inner = line.depth == 0 ? "" : line.prefix + (line.isLast ? "   " : "│  ")
        let below = entry.dependsOn.compactMap { positions[$0] }
          .sorted { entries[$0].id < entries[$1].id }
        for (place, child) in below.enumerated().reversed() {
          stack.append(
            Line(
              position: child, prefix: inner, depth: line.depth + 1,
              isLast: place == below.count - 1))
        }
      }
    }
  }
}
