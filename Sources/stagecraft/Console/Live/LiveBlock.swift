// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Lays out what is seen of a run at one moment: a line with a bar, the hosts, the running tasks. A pure
// function of its values; no line is wider than the window, and the block leaves room above it.

import TaskGraph

/// What the block of the live display says.
struct LiveBlock: Sendable {
  /// A task that runs.
  struct Running: Sendable, Hashable {
    let id: TaskID
    /// Nanoseconds since the run began.
    let start: Int64
    var lastLine = ""
  }

  /// A host of a deploy.
  struct HostRow: Sendable, Hashable {
    let name: String
    let total: Int
    var finished = 0
    var failed = 0
    /// Tasks that were given up.
    var lost = 0
    var phase = ""
  }

  /// More tasks than this are counted and not listed.
  private static let mostTasks = 12

  let style: Style
  var finished = 0
  var total = 0
  var failed = 0
  var running: [Running] = []
  var hosts: [HostRow] = []
  /// How much of the bar is full, 0 to 1.
  var fraction = 0.0
  /// Nanoseconds that remain, and whether all that may still run has run before; nil where unknown.
  var remaining: RemainingTime.Estimate?

  /// The lines at a time, for a window of a size.
  func lines(at time: Int64, size: StandardStream.Size) -> [String] {
    guard !running.isEmpty else { return [] }
    let columns = max(1, size.columns - 1)
    // A third of the window stays for what was said before.
    let rows = max(1, min(size.lines - 3, size.lines * 2 / 3))
    return [header(at: time, columns)] + body(at: time, columns, rows)
  }

  // MARK: The first line

  private func header(at time: Int64, _ columns: Int) -> String {
    let count = "[\(finished)/\(total)]"
    var words = failed > 0 ? ["\(failed) failed"] : []
    words += ["\(running.count) running", DurationFormat.running(nanoseconds: time)]
    if let left = Self.left(remaining) { words.append(left) }
    // In a narrow window the least needed goes first: the time that remains, then the bar.
    while true {
      let text = words.joined(separator: ", ")
      let room = columns - TerminalText.width(count) - TerminalText.width(text) - 2
      if room >= 9 {
        return style(.bold, count) + " " + bar(min(30, room - 1)) + " " + painted(words)
      }
      if words.count > 3 || (words.count == 3 && failed == 0) {
        words.removeLast()
        continue
      }
      let rest = TerminalText.truncated(" " + text, to: columns - TerminalText.width(count))
      return style(.bold, TerminalText.truncated(count, to: columns)) + rest
    }
  }

  private func painted(_ words: [String]) -> String {
    (failed > 0 ? [style(.bad, words[0])] + words.dropFirst() : words).joined(separator: ", ")
  }

  private func bar(_ width: Int) -> String {
    let full = max(0, min(width, Int(fraction * Double(width))))
    // Another character, not only another colour.
    let rest = String(repeating: "╌", count: width - full)
    return style(.active, String(repeating: "━", count: full)) + style(.faint, rest)
  }

  /// `about 20 s left`; `over 20 s left` where some task never ran before; nil for next to nothing.
  static func left(_ estimate: RemainingTime.Estimate?) -> String? {
    guard let estimate, estimate.remaining >= 500_000_000 else { return nil }
    let seconds = (estimate.remaining + 999_999_999) / 1_000_000_000
    let step: Int64 = seconds <= 10 ? 1 : seconds < 60 ? 5 : seconds < 600 ? 15 : 60
    let rounded = (seconds + step / 2) / step * step
    let text = rounded < 60 ? "\(rounded) s" : DurationFormat.text(.seconds(rounded))
    return "\(estimate.isComplete ? "about" : "over") \(text) left"
  }

  // MARK: Below it

  private func body(at time: Int64, _ columns: Int, _ rows: Int) -> [String] {
    let onHosts = Dictionary(grouping: hosts.isEmpty ? [] : running) {
      RunOutline.place(of: $0.id).map { String($0.host) }
    }
    let free = hosts.isEmpty ? running : onHosts[nil] ?? []
    let most = hosts.isEmpty ? min(rows, Self.mostTasks) : max(1, rows - min(hosts.count, rows / 2))
    let lines = tasks(free, at: time, columns, most)
    guard !hosts.isEmpty else { return lines }
    let room = rows - lines.count
    let needed = hosts.count + running.count - free.count
    let isWide = needed <= room
    var shown = hosts
    var rest: [HostRow] = []
    if hosts.count > room {
      // Where something happens is what a person looks for.
      let busy = hosts.filter { onHosts[$0.name] != nil || $0.failed > 0 }
      let quiet = hosts.filter { onHosts[$0.name] == nil && $0.failed == 0 }
      let kept = Set((busy + quiet).prefix(max(0, room - 1)).map(\.name))
      shown = hosts.filter { kept.contains($0.name) }
      rest = hosts.filter { !kept.contains($0.name) }
    }
    let width = min(columns / 2, shown.map { TerminalText.width($0.name) }.max() ?? 0)
    let digits = shown.map { "\($0.finished)/\($0.total)".utf8.count }.max() ?? 0
    var all = lines
    for host in shown {
      let here = onHosts[host.name] ?? []
      let count = "\(host.finished)/\(host.total)"
      let head =
        "  " + padded(host.name, width) + "  "
        + String(repeating: " ", count: digits - count.utf8.count) + count
      let isOpen = isWide || here.isEmpty
      let step = isOpen ? state(host, isBusy: !here.isEmpty) : task(here[0], at: time)
      all.append(line(head, step, columns))
      if isWide { all += tasks(here, at: time, columns, here.count, indent: "    ") }
    }
    if !rest.isEmpty { all.append(TerminalText.truncated(summary(rest, onHosts), to: columns)) }
    return all
  }

  /// A line of which only the last part is cut and coloured.
  private func line(_ head: String, _ step: (text: String, role: Style.Role?), _ columns: Int)
    -> String
  {
    let room = columns - TerminalText.width(head) - 2
    if step.text.isEmpty { return TerminalText.truncated(head, to: columns) }
    if room <= 0 { return TerminalText.truncated(head, to: columns) }
    let text = TerminalText.truncated(step.text, to: room)
    return head + "  " + (step.role.map { style($0, text) } ?? text)
  }

  private func state(_ host: HostRow, isBusy: Bool) -> (text: String, role: Style.Role?) {
    if host.failed > 0 { return ("failed", .bad) }
    if isBusy { return (host.phase, .active) }
    if host.lost > 0 { return ("skipped", .caution) }
    if host.finished == host.total { return ("done", .good) }
    return ("waiting", .faint)
  }

  /// A running task in the line of its host.
  private func task(_ task: Running, at time: Int64) -> (text: String, role: Style.Role?) {
    let step = RunOutline.place(of: task.id).map { String($0.step) } ?? task.id.text
    let elapsed = DurationFormat.running(nanoseconds: time - task.start)
    return ("\(step)  \(elapsed)  \(task.lastLine)", .active)
  }

  private func summary(_ rest: [HostRow], _ onHosts: [String?: [Running]]) -> String {
    var counts: [(word: String, count: Int)] = []
    for host in rest {
      let isBusy = onHosts[host.name] != nil
      let word = isBusy && host.failed == 0 ? "busy" : state(host, isBusy: isBusy).text
      if let place = counts.firstIndex(where: { $0.word == word }) {
        counts[place].count += 1
      } else {
        counts.append((word, 1))
      }
    }
    let words = counts.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
    return "  … \(rest.count) more host\(rest.count == 1 ? "" : "s"): \(words)"
  }

  /// One line a task: its name, its time, its last line.
  private func tasks(
    _ running: [Running], at time: Int64, _ columns: Int, _ most: Int, indent: String = "  "
  ) -> [String] {
    let shown = running.count > most ? Array(running.prefix(max(0, most - 1))) : running
    let names = shown.map { task in
      indent == "  "
        ? task.id.text
        : RunOutline.place(of: task.id).map { String($0.step) } ?? task.id.text
    }
    let widest = min(columns / 2, names.map { TerminalText.width($0) }.max() ?? 0)
    var lines = zip(shown, names).map { task, name in
      let elapsed = DurationFormat.running(nanoseconds: time - task.start)
      return line(indent + padded(name, widest) + "  " + elapsed, (task.lastLine, .faint), columns)
    }
    if shown.count < running.count {
      lines.append(
        TerminalText.truncated("  … \(running.count - shown.count) more", to: columns))
    }
    return lines
  }

  private func padded(_ text: String, _ width: Int) -> String {
    let cut = TerminalText.truncated(text, to: width)
    return cut + String(repeating: " ", count: max(0, width - TerminalText.width(cut)))
  }
}
