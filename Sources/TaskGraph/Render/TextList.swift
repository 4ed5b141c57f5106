// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Prints a plan as a table: one task a line, in an order in which they could run, with what it would
// change. A pure function of the entries.

/// Prints a plan as lines.
package enum TextList {
  /// The widest name that still moves the column of reasons.
  private static let widest = 48

  /// One line a task with mark, word, name and reason, then the counts.
  ///
  /// What needs nothing, what only looks and what only waits is counted, and listed with `showsAll`.
  package static func render(
    _ all: [PlanEntry], showsAll: Bool = false,
    paint: (GraphTint, String) -> String = GraphTint.none
  ) -> String {
    let entries =
      showsAll ? all : all.filter { $0.status != .hit && $0.taskClass != .observe }
    let width = min(widest, entries.map { $0.id.text.count }.max() ?? 0)
    var text = ""
    for entry in entries {
      let word = entry.taskClass == .observe ? "look" : entry.status.rawValue
      let mark = entry.taskClass == .observe ? "·" : entry.status.mark
      let tint = entry.taskClass == .observe ? GraphTint.faint : entry.status.tint
      let id = entry.id.text + pad(width - entry.id.text.count)
      text += paint(tint, "\(mark) \(word)" + pad(5 - word.count)) + "  " + id + "  "
      text += paint(.faint, ReasonFormat.text(entry.reason)) + "\n"
      for line in DifferenceFormat.lines(entry.differences) { text += pad(9) + line + "\n" }
    }
    if !entries.isEmpty { text += "\n" }
    return text + PlanSummary(all).text + "\n"
  }

  private static func pad(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
