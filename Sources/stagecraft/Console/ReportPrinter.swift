// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Shows a run to a person at a terminal: what it came to, why it failed, what bounded its time, and
// when each place was busy. A pure function of the picture of the run and a width.

import TaskGraph

/// Prints the report of a run.
struct ReportPrinter: Sendable {
  private static let mostFailures = 10
  private static let mostLines = 20
  private static let mostLinks = 12
  private static let mostPlaces = 24
  private static let widestName = 44

  let style: Style
  let width: Int

  /// The whole text.
  func render(_ picture: Picture) -> String {
    heading(picture) + failures(picture) + criticalPath(picture) + places(picture)
  }

  private func heading(_ picture: Picture) -> String {
    let words: [String: (Style.Role, String)] = [
      "ok": (.good, "succeeded"), "failed": (.bad, "failed"),
      "interrupted": (.caution, "interrupted"), "running": (.active, "running"),
      "unfinished": (.bad, "did not finish: the program ended before the run did"),
    ]
    let (role, word) = words[picture.outcome] ?? (.caution, picture.outcome)
    var text = style(.bold, TerminalText.sanitized(picture.goal)) + "  "
    if !picture.environment.isEmpty {
      text += "in \(TerminalText.sanitized(picture.environment))  "
    }
    text += style(role, word) + " after \(DurationFormat.text(picture.duration))"
    text += "  " + style(.faint, TerminalText.sanitized(picture.run)) + "\n"
    let counts = picture.counts
    let parts: [(PictureTask.Status, String)] = [
      (.failed, "failed"), (.running, "running"), (.executed, "executed"), (.hit, "up to date"),
      (.looked, "looked"), (.waiting, "waiting"), (.skipped, "skipped"), (.cancelled, "cancelled"),
    ]
    text += parts.compactMap { status, word in counts[status].map { "\($0) \(word)" } }
      .joined(separator: ", ")
    if picture.saved > .zero { text += "; the cache saved \(DurationFormat.text(picture.saved))" }
    return text + "\n"
  }

  private func failures(_ picture: Picture) -> String {
    let failed = picture.tasks.filter { $0.status == .failed }
    var text = ""
    for task in failed.prefix(Self.mostFailures) {
      text += "\n" + style(.bad, "✗ \(TerminalText.sanitized(task.id.text))")
      text += "  \(TerminalText.sanitized(task.failure?.message ?? task.reason))\n"
      if let command = task.failure?.command {
        text += "  " + style(.faint, "command") + "  \(TerminalText.sanitized(command))\n"
      }
      for line in task.log.split(separator: "\n").suffix(Self.mostLines) {
        text += "  " + style(.faint, "│") + " \(TerminalText.sanitized(String(line)))\n"
      }
      if let hint = task.failure?.hint {
        text += "  " + style(.faint, "hint") + "     \(TerminalText.sanitized(hint))\n"
      }
    }
    if failed.count > Self.mostFailures {
      text += "\n\(failed.count - Self.mostFailures) more failed\n"
    }
    return text
  }

  /// The chain that the run could not be shorter than, its longest links where it is long.
  private func criticalPath(_ picture: Picture) -> String {
    let chain = picture.criticalPath.map { picture.tasks[$0] }
    guard chain.count > 1, picture.criticalTime > .zero else { return "" }
    var text = "\n" + style(.bold, "critical path")
    text += "  \(chain.count) tasks, \(DurationFormat.text(picture.criticalTime))\n"
    let longest = chain.map(length).sorted(by: >)
    let least = longest.count > Self.mostLinks ? longest[Self.mostLinks - 1] : 0
    let shown = chain.filter { length($0) >= least }.prefix(Self.mostLinks)
    let names = shown.map {
      TerminalText.truncated(TerminalText.sanitized($0.id.text), to: Self.widestName)
    }
    let column = names.map { TerminalText.width($0) }.max() ?? 0
    let room = max(8, width - column - 16)
    for (task, name) in zip(shown, names) {
      let share = Double(length(task)) / Double(max(1, longest.first ?? 1))
      let bar = String(repeating: "█", count: max(1, Int(share * Double(min(room, 40)))))
      let time = DurationFormat.text(.nanoseconds(length(task)))
      text += "  \(pad(name, column))  \(lead(time, 10))  " + style(.active, bar) + "\n"
    }
    let rest = chain.count - shown.count
    if rest > 0 { text += style(.faint, "  and \(rest) shorter") + "\n" }
    return text
  }

  private func length(_ task: PictureTask) -> Int64 {
    task.span.map { $0.end - $0.start } ?? 0
  }

  /// When each host, or each pool where there are no hosts, was busy.
  private func places(_ picture: Picture) -> String {
    let ran = picture.tasks.filter { $0.span != nil }
    let end = ran.compactMap { $0.span?.end }.max() ?? 0
    guard end > 0 else { return "" }
    let isByHost = ran.contains { $0.host != nil }
    var order: [String] = []
    var found: [String: [PictureTask]] = [:]
    for task in ran {
      let pool = task.pool.isEmpty ? "tasks" : task.pool
      let name = isByHost ? task.host ?? "this machine" : pool
      if found[name] == nil { order.append(name) }
      found[name, default: []].append(task)
    }
    let names = order.prefix(Self.mostPlaces).map {
      TerminalText.truncated(TerminalText.sanitized($0), to: 20)
    }
    let column = max(4, names.map { TerminalText.width($0) }.max() ?? 0)
    let room = max(20, min(80, width - column - 6))
    var text = "\n" + style(.bold, "when it ran") + "  by \(isByHost ? "host" : "pool")\n"
    for (name, key) in zip(names, order) {
      text += "  \(pad(name, column))  " + lane(found[key] ?? [], end, room) + "\n"
    }
    if order.count > Self.mostPlaces {
      text += style(.faint, "  and \(order.count - Self.mostPlaces) more") + "\n"
    }
    let last = DurationFormat.text(.nanoseconds(end))
    text += "  " + pad("", column) + "  " + style(.faint, "0" + lead(last, room - 1)) + "\n"
    return text
  }

  /// One cell for each part of the time: full where something ran, half where something was looked at,
  /// a cross where something failed.
  private func lane(_ tasks: [PictureTask], _ end: Int64, _ room: Int) -> String {
    var cells = [Int](repeating: 0, count: room)
    for task in tasks {
      guard let span = task.span else { continue }
      let scale = Double(room) / Double(end)
      let first = min(room - 1, Int(Double(span.start) * scale))
      let last = min(room - 1, max(first, Int(Double(span.end) * scale - 0.001)))
      let weight =
        switch task.status {
        case .failed: 3
        case .looked, .hit: 1
        default: 2
        }
      for cell in first...last {
        cells[cell] = max(cells[cell], weight == 3 && cell < last ? 2 : weight)
      }
    }
    return cells.map { weight in
      switch weight {
      case 3: style(.bad, "✗")
      case 2: style(.active, "█")
      case 1: style(.faint, "▒")
      default: style(.faint, "·")
      }
    }.joined()
  }

  private func pad(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - TerminalText.width(text)))
  }

  private func lead(_ text: String, _ columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - TerminalText.width(text))) + text
  }
}
