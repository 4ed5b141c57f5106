// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws a plan as a tree of text: places, in them services and phases, in these the tasks in the order
// in which they run, each with what it waits for. A pure function of the entries and a width.

/// Draws a plan for a terminal.
package struct TextGraph: Sendable {
  /// No line is wider, in cells of a terminal.
  package let width: Int
  /// Whether what has nothing to do is listed too, instead of counted.
  package let isVerbose: Bool
  /// Colours a part.
  package let paint: @Sendable (GraphTint, String) -> String
  /// How many cells a text takes, and the text cut to a number of cells.
  package let measure: @Sendable (String) -> Int
  package let cut: @Sendable (String, Int) -> String

  /// What is drawn where no terminal says how wide it is.
  package static let usualWidth = 100
  /// The widest name that still moves the column of reasons.
  private static let widestName = 34

  /// A drawing of this width; text of one cell a character unless `measure` and `cut` know better.
  package init(
    width: Int = usualWidth, isVerbose: Bool = false,
    paint: @escaping @Sendable (GraphTint, String) -> String = GraphTint.none,
    measure: @escaping @Sendable (String) -> Int = { $0.count },
    cut: @escaping @Sendable (String, Int) -> String = { text, cells in
      text.count <= cells ? text : String(text.prefix(max(0, cells - 1))) + "…"
    }
  ) {
    self.width = max(40, width)
    self.isVerbose = isVerbose
    self.paint = paint
    self.measure = measure
    self.cut = cut
  }

  /// The tasks of a service or a phase in one place.
  private struct Branch {
    let name: String
    var positions: [Int] = []
  }

  private struct Place {
    /// nil for this machine.
    let host: String?
    var branches: [Branch] = []
    var branchOf: [String: Int] = [:]
  }

  /// The drawing, ending with a line break.
  package func render(_ entries: [PlanEntry], goal: String) -> String {
    var positions: [TaskID: Int] = [:]
    for (position, entry) in entries.enumerated() { positions[entry.id] = position }
    let before = entries.map { $0.dependsOn.compactMap { positions[$0] } }
    let isOrdered = before.indices.allSatisfy { place in before[place].allSatisfy { $0 < place } }
    let arrows = isOrdered ? EdgeReduction.reduce(before) : before

    let title = VisibleText.line(goal)
    let name = cut(title, width / 2)
    var text = paint(.heading, name) + "  "
    text += cut(PlanSummary(entries).text, width - measure(name) - 2) + "\n"
    for place in places(entries) {
      let members = place.branches.flatMap(\.positions).map { entries[$0] }
      text += "\n" + heading(place.host ?? "this machine", GroupCounts(members), indent: 0) + "\n"
      for (number, branch) in place.branches.enumerated() {
        draw(
          branch, isLast: number == place.branches.count - 1, entries, arrows, into: &text)
      }
    }
    return text
  }

  private func places(_ entries: [PlanEntry]) -> [Place] {
    var places: [Place] = []
    var placeOf: [String: Int] = [:]
    for (position, entry) in entries.enumerated() {
      let place = TaskPlace(entry)
      let key = place.host ?? ""
      if placeOf[key] == nil {
        placeOf[key] = places.count
        places.append(Place(host: place.host))
      }
      guard let number = placeOf[key] else { continue }
      let name = place.service ?? entry.phase.replacingUnderscores
      if places[number].branchOf[name] == nil {
        places[number].branchOf[name] = places[number].branches.count
        places[number].branches.append(Branch(name: name))
      }
      if let branch = places[number].branchOf[name] {
        places[number].branches[branch].positions.append(position)
      }
    }
    return places.filter { $0.host == nil } + places.filter { $0.host != nil }
  }

  private func heading(_ name: String, _ counts: GroupCounts, indent: Int) -> String {
    let name = cut(VisibleText.line(name), min(Self.widestName, width - indent - 2))
    let rest = width - indent - measure(name) - 2
    return paint(.heading, name) + "  " + paint(.faint, cut(counts.text, rest))
  }

  private func draw(
    _ branch: Branch, isLast: Bool, _ entries: [PlanEntry], _ arrows: [[Int]],
    into text: inout String
  ) {
    let counts = GroupCounts(branch.positions.map { entries[$0] })
    text += paint(.faint, isLast ? "└─ " : "├─ ")
    if counts.isQuiet, !isVerbose {
      let tint: GraphTint = counts.hits > 0 ? .hit : .faint
      let mark = counts.hits > 0 ? PlanEntry.Status.hit.mark : Self.lookMark
      text += paint(tint, mark) + " " + heading(branch.name, counts, indent: 5) + "\n"
      return
    }
    text += heading(branch.name, counts, indent: 3) + "\n"
    let prefix = isLast ? "   " : "│  "
    let shown = branch.positions.filter { isVerbose || Self.isWorth(entries[$0]) }
    let labels = shown.map { VisibleText.line(label(entries[$0], in: branch)) }
    let column = min(Self.widestName, labels.map(measure).max() ?? 0)
    for (position, label) in zip(shown, labels) {
      let isEnd = position == shown.last
      text += paint(.faint, prefix + (isEnd ? "└─ " : "├─ "))
      text += line(entries[position], label, column, arrows[position].map { entries[$0] }) + "\n"
      let indent = prefix + (isEnd ? "       " : "│      ")
      for difference in DifferenceFormat.lines(entries[position].differences) {
        let shown = cut(VisibleText.line(difference), width - 10)
        text += paint(.faint, indent) + shown + "\n"
      }
    }
  }

  private static let lookMark = "·"

  private static func isWorth(_ entry: PlanEntry) -> Bool {
    entry.taskClass != .observe && entry.status != .hit
  }

  /// The name without the place and the service, which stand above it.
  private func label(_ entry: PlanEntry, in branch: Branch) -> String {
    let label = TaskPlace(entry).label
    let parts = label.split(separator: "/").map(String.init)
    return parts.count > 1 && parts.contains(branch.name)
      ? parts.filter { $0 != branch.name }.joined(separator: "/") : label
  }

  /// `● build  never ran here  ← api/context`; what does not fit is cut, what it waits for first.
  private func line(
    _ entry: PlanEntry, _ label: String, _ column: Int, _ before: [PlanEntry]
  ) -> String {
    let isLook = entry.taskClass == .observe
    let mark = isLook ? Self.lookMark : entry.status.mark
    let name = cut(label, column)
    var rest = width - 8 - column - 2
    var text = paint(isLook ? .faint : entry.status.tint, mark + " " + name)
    let word = entry.status == .maybe && !isLook ? "maybe: " : ""
    let reason = cut(word + VisibleText.line(ReasonFormat.text(entry.reason)), rest)
    text += String(repeating: " ", count: max(0, column - measure(name)) + 2) + reason
    rest -= measure(reason) + 2
    let others = before.map { other in
      let place = TaskPlace(other)
      let isHere = place.host == TaskPlace(entry).host
      return VisibleText.line(isHere ? place.label : other.id.text)
    }
    guard let first = others.first, rest > 12 else { return text }
    var waits = "← " + first
    var named = 1
    while named < others.count, measure(waits) + measure(others[named]) + 8 <= rest {
      waits += ", " + others[named]
      named += 1
    }
    if named < others.count { waits += " +\(others.count - named)" }
    return measure(waits) <= rest ? text + "  " + paint(.faint, waits) : text
  }
}

extension String {
  /// `migrate_pre` as `migrate pre`.
  fileprivate var replacingUnderscores: String {
    String(map { $0 == "_" ? " " : $0 })
  }
}
