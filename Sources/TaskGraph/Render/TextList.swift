// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Prints a plan as a table: one task a line, in an order in which they could run. A pure function of
// the entries.

/// Prints a plan as lines.
package enum TextList {
  /// The widest name that still moves the column of reasons.
  private static let widest = 48

  /// One line a task with mark, word, name and reason, then the counts.
  package static func render(
    _ entries: [PlanEntry], paint: (GraphTint, String) -> String = GraphTint.none
  ) -> String {
    let width = min(widest, entries.map { $0.id.text.count }.max() ?? 0)
    var text = ""
    for entry in entries {
      let word = entry.status.rawValue
      let status = "\(entry.status.mark) \(word)" + pad(5 - word.count)
      let id = entry.id.text + pad(width - entry.id.text.count)
      text += paint(entry.status.tint, status) + "  " + id + "  "
      text += paint(.faint, ReasonFormat.text(entry.reason)) + "\n"
    }
    if !entries.isEmpty { text += "\n" }
    return text + PlanSummary(entries).text + "\n"
  }

  private static func pad(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
