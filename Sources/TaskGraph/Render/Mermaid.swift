// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws a plan in the language of Mermaid, as GitHub shows it in Markdown. A pure function of the
// entries; names of nodes are numbers, because task names hold characters that Mermaid reserves.

/// Draws a plan for Mermaid.
package enum Mermaid {
  /// The drawing, ending with a line break.
  package static func render(_ entries: [PlanEntry], goal: String) -> String {
    let groups = PhaseGroups(entries)
    var numbers = [Int](repeating: 0, count: entries.count)
    let byName = entries.indices.sorted { entries[$0].id < entries[$1].id }
    for (number, position) in byName.enumerated() { numbers[position] = number }

    var text = "---\ntitle: \"\(escaped(goal))\"\n---\nflowchart LR\n"
    for (place, group) in groups.groups.enumerated() {
      text += "  subgraph phase\(place)[\"\(escaped(group.phase))\"]\n"
      for position in group.positions {
        let entry = entries[position]
        text += "    n\(numbers[position])[\"\(escaped(entry.id.text))<br/>"
        text += "\(entry.status.rawValue): \(escaped(ReasonFormat.text(entry.reason)))\"]"
        text += ":::\(entry.status.rawValue)\n"
      }
      text += "  end\n"
    }
    for edge in groups.edges(entries) {
      text += "  n\(numbers[edge.from]) --> n\(numbers[edge.to])\n"
    }
    text += "  classDef hit fill:#d7f0dc,stroke:#3f7d4e,color:#111\n"
    text += "  classDef run fill:#ffe2c2,stroke:#b5651d,color:#111\n"
    text += "  classDef maybe fill:#f2f2f2,stroke:#777,color:#111\n"
    return text
  }

  /// Entity codes for what would end a label, start markup or start Markdown.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "#", "&", "<", ">", "`", "\\", ";", "*", "_", "[", "]", "{", "}", "(", ")", "|":
        escaped += "#\(scalar.value);"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
