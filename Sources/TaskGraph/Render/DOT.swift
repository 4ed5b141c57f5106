// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws a plan in the language of Graphviz: a cluster a phase, arrows from a task to those that wait
// for it. A pure function of the entries.

/// Draws a plan for Graphviz.
package enum DOT {
  /// The drawing, ending with a line break.
  package static func render(_ entries: [PlanEntry], goal: String) -> String {
    let groups = PhaseGroups(entries)
    var text = "digraph \(quoted(goal)) {\n"
    text += "  rankdir=LR;\n"
    text += "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n"
    for (place, group) in groups.groups.enumerated() {
      text += "  subgraph cluster_\(place) {\n"
      text += "    label=\(quoted(group.phase));\n"
      for position in group.positions {
        let entry = entries[position]
        let label =
          escaped(entry.id.text) + "\\n" + entry.status.rawValue + ": "
          + escaped(ReasonFormat.text(entry.reason))
        text += "    \(quoted(entry.id.text)) [label=\"\(label)\", "
        text += "fillcolor=\"\(color(entry.status))\"];\n"
      }
      text += "  }\n"
    }
    for edge in groups.edges(entries) {
      text += "  \(quoted(entries[edge.from].id.text)) -> \(quoted(entries[edge.to].id.text));\n"
    }
    return text + "}\n"
  }

  private static func color(_ status: PlanEntry.Status) -> String {
    switch status {
    case .hit: "#d7f0dc"
    case .run: "#ffe2c2"
    case .maybe: "#f2f2f2"
    }
  }

  private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

  /// Quotes and backslashes are escaped; a control character, which the language cannot say, shows as
  /// its number.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        escaped += "\\\\x" + String(scalar.value, radix: 16)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
