// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws a plan in the language of Mermaid, within the limits of GitHub's renderer: 50,000 characters and
// 500 arrows. A pure function of the entries; names of nodes are numbers, because names of tasks hold
// characters and words (`end`) that Mermaid reserves.

/// Draws a plan for Mermaid.
package enum Mermaid {
  /// What GitHub's renderer takes: `maxTextSize` and `maxEdges` of Mermaid's defaults.
  package static let mostCharacters = 50_000
  package static let mostEdges = 500

  /// The drawing, ending with a line break.
  ///
  /// What is too large becomes one node for each phase of a host, then one for each phase; a comment
  /// and the title say so.
  package static func render(_ entries: [PlanEntry], goal: String) -> String {
    let clusters = PlanClusters(entries)
    if clusters.edges.count <= mostEdges {
      let text = whole(entries, clusters, goal)
      if text.utf16.count <= mostCharacters { return text }
    }
    let byHost = collapsed(entries, clusters, goal) { phase, group in
      group.host.map { "\(phase.name) on \($0)" } ?? phase.name
    }
    if byHost.edges <= mostEdges, byHost.text.utf16.count <= mostCharacters { return byHost.text }
    return collapsed(entries, clusters, goal) { phase, _ in phase.name }.text
  }

  private static func whole(
    _ entries: [PlanEntry], _ clusters: PlanClusters, _ goal: String
  ) -> String {
    var numbers = [Int](repeating: 0, count: entries.count)
    let byName = entries.indices.sorted { entries[$0].id < entries[$1].id }
    for (number, position) in byName.enumerated() { numbers[position] = number }

    var text = head(goal)
    for (place, phase) in clusters.phases.enumerated() {
      text += "  subgraph phase\(place)[\"\(escaped(phase.name))\"]\n"
      for (number, group) in phase.groups.enumerated() {
        let indent = group.host == nil ? "    " : "      "
        if let host = group.host {
          text += "    subgraph phase\(place)host\(number)[\"\(escaped(host))\"]\n"
        }
        for position in group.positions {
          let entry = entries[position]
          let isLook = entry.taskClass == .observe
          let word = isLook ? "look" : entry.status.rawValue
          text += "\(indent)n\(numbers[position])[\"\(escaped(entry.id.text))<br/>"
          text += isLook ? "looks" : "\(word): \(escaped(ReasonFormat.text(entry.reason)))"
          text += "\"]:::\(word)\n"
        }
        if group.host != nil { text += "    end\n" }
      }
      text += "  end\n"
    }
    for edge in clusters.edges { text += "  n\(numbers[edge.from]) --> n\(numbers[edge.to])\n" }
    return text + styles
  }

  private static func collapsed(
    _ entries: [PlanEntry], _ clusters: PlanClusters, _ goal: String,
    by name: (PlanClusters.Phase, PlanClusters.Group) -> String
  ) -> (text: String, edges: Int) {
    var order: [String] = []
    var members: [String: [Int]] = [:]
    var nodeOf = [Int](repeating: 0, count: entries.count)
    var nodes: [String: Int] = [:]
    for phase in clusters.phases {
      for group in phase.groups {
        let name = name(phase, group)
        if nodes[name] == nil {
          nodes[name] = order.count
          order.append(name)
        }
        members[name, default: []] += group.positions
        for position in group.positions { nodeOf[position] = nodes[name] ?? 0 }
      }
    }
    let groups = order.count == 1 ? "one group" : "\(order.count) groups"
    let size = "\(entries.count) tasks, too many to draw each, as \(groups)"
    var text = head("\(goal): \(size)")
    text += "  %% a renderer takes \(mostCharacters) characters and \(mostEdges) arrows;"
    text += " `stagecraft plan --format html` draws every task\n"
    for (number, name) in order.enumerated() {
      let group = (members[name] ?? []).map { entries[$0] }
      text += "  g\(number)[\"\(escaped(name))<br/>\(escaped(GroupCounts(group).text))\"]"
      text += ":::\(GroupCounts(group).leading)\n"
    }
    var arrows: Set<[Int]> = []
    for edge in clusters.edges where nodeOf[edge.from] != nodeOf[edge.to] {
      arrows.insert([nodeOf[edge.from], nodeOf[edge.to]])
    }
    for arrow in arrows.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      text += "  g\(arrow[0]) --> g\(arrow[1])\n"
    }
    return (text + styles, arrows.count)
  }

  private static func head(_ title: String) -> String {
    "---\ntitle: \"\(escaped(title))\"\n---\nflowchart LR\n"
  }

  private static let styles = """
      classDef hit fill:#d7f0dc,stroke:#3f7d4e,color:#111
      classDef run fill:#ffe2c2,stroke:#b5651d,stroke-width:2px,color:#111
      classDef maybe fill:#f3effd,stroke:#6a4bb8,stroke-dasharray:5 3,color:#111
      classDef look fill:#eef2f7,stroke:#4c5d73,stroke-dasharray:2 2,color:#111

    """

  /// Entity codes for what would end a label, start markup or start Markdown.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    // `1. ` and `- ` begin a list, of which the renderer says only that it does not support it.
    var isLeading = true
    for scalar in VisibleText.line(text).unicodeScalars {
      switch scalar {
      case "\"", "#", "&", "<", ">", "`", "\\", ";", "*", "_", "[", "]", "{", "}", "(", ")", "|",
        "~":
        escaped += "#\(scalar.value);"
      case "-", "+", ".":
        escaped += isLeading ? "#\(scalar.value);" : String(scalar)
      default: escaped.unicodeScalars.append(scalar)
      }
      isLeading = isLeading && ("0"..."9").contains(scalar)
    }
    return escaped
  }
}
