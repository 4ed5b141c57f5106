// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws a plan in the language of Graphviz: a cluster a phase, in it one a host, arrows from a task to
// those that wait for it. A pure function of the entries.

/// Draws a plan for Graphviz.
package enum DOT {
  /// The drawing, ending with a line break.
  ///
  /// Arrows that follow from others are left out; `json` has them all.
  package static func render(_ entries: [PlanEntry], goal: String) -> String {
    let clusters = PlanClusters(entries)
    var text = "digraph \(quoted(goal)) {\n"
    text += "  rankdir=LR;\n"
    text += "  compound=true; newrank=true; nodesep=0.15; ranksep=0.6;\n"
    text += "  graph [fontname=\"sans-serif\", style=\"rounded\", color=\"#b8bfc9\"];\n"
    text += "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n"
    text += "  edge [color=\"#5b6573\"];\n"
    for (place, phase) in clusters.phases.enumerated() {
      text += "  subgraph cluster_\(place) {\n"
      text += "    label=\(quoted(phase.name));\n"
      for (number, group) in phase.groups.enumerated() {
        guard let host = group.host else {
          for position in group.positions { text += "    " + node(entries[position]) }
          continue
        }
        text += "    subgraph cluster_\(place)_\(number) {\n"
        text += "      label=\(quoted(host));\n"
        for position in group.positions { text += "      " + node(entries[position]) }
        text += "    }\n"
      }
      text += "  }\n"
    }
    for edge in clusters.edges {
      text += "  \(quoted(entries[edge.from].id.text)) -> \(quoted(entries[edge.to].id.text));\n"
    }
    return text + "}\n"
  }

  /// A task; colour, border and word say the same.
  private static func node(_ entry: PlanEntry) -> String {
    let isLook = entry.taskClass == .observe
    let label =
      escaped(VisibleText.line(entry.id.text)) + "\\n"
      + (isLook ? "looks" : entry.status.rawValue + ": ")
      + (isLook ? "" : escaped(VisibleText.line(ReasonFormat.text(entry.reason))))
    let look =
      isLook
      ? "fillcolor=\"#eef2f7\", style=\"rounded,filled,dotted\"" : look(entry.status)
    return "\(quoted(entry.id.text)) [label=\"\(label)\", \(look)];\n"
  }

  private static func look(_ status: PlanEntry.Status) -> String {
    switch status {
    case .hit: "fillcolor=\"#d7f0dc\""
    case .run: "fillcolor=\"#ffe2c2\", penwidth=2"
    case .maybe: "fillcolor=\"#f3effd\", style=\"rounded,filled,dashed\""
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
