// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Shows a run on a terminal: finished tasks scroll by, below them a block with a count and the running
// tasks, redrawn in place. Writes only on ticks, so that a run that is over at once shows no block.

import TaskGraph

/// The display for terminals.
struct LiveRenderer: RunRenderer {
  private struct Running {
    let id: TaskID
    let start: Int64
    var lastLine = ""
  }

  /// More running tasks than this are counted and not listed.
  private static let mostRows = 12

  private let text: EventText
  private var total = 0
  private var finished = 0
  private var running: [Running] = []
  /// Lines that stay, waiting for the next tick.
  private var pending = ""
  /// The widths of the lines of the block that is on the screen.
  private var drawn: [Int] = []
  private var isCursorHidden = false

  init(style: Style, isVerbose: Bool) {
    text = EventText(style: style, isVerbose: isVerbose)
  }

  mutating func consume(_ event: Event) -> String {
    switch event.kind {
    case .runStarted(_, _, let tasks): total = tasks
    case .started(let id, _): running.append(Running(id: id, start: event.time))
    case .output(let id, let line, _, let replayed):
      let line = TerminalText.sanitized(line)
      if text.isVerbose {
        keep(id, line)
      } else if !replayed, let place = running.lastIndex(where: { $0.id == id }) {
        running[place].lastLine = line
      }
    case .retrying(let id, let attempt, let attempts, let pause, let error):
      keep(id, text.retrying(attempt, of: attempts, after: pause, error))
    case .warning(let id, let message): pending += text.warning(id, message) + "\n"
    case .finished(let id, let outcome, let reason):
      finished += 1
      running.removeAll { $0.id == id }
      if let line = text.finished(id, outcome, reason) { keep(id, line, mark: mark(outcome)) }
    case .runFinished: running.removeAll()
    }
    return ""
  }

  mutating func tick(at time: Int64, size: StandardStream.Size) -> String {
    let block = block(at: time, size: size)
    if block.isEmpty, drawn.isEmpty, pending.isEmpty { return "" }
    var frame = ""
    if !isCursorHidden {
      frame += Self.hideCursor
      isCursorHidden = true
    }
    frame += erase(columns: size.columns)
    for line in block { frame += line + "\u{1B}[K\n" }
    frame += "\u{1B}[J"
    drawn = block.map { TerminalText.width(TerminalText.sanitized($0)) }
    return frame
  }

  mutating func end() -> String {
    var last = erase(columns: .max)
    if !drawn.isEmpty { last += "\u{1B}[J" }
    drawn = []
    if isCursorHidden { last += Self.showCursor }
    isCursorHidden = false
    return last
  }

  static let hideCursor = "\u{1B}[?25l"
  static let showCursor = "\u{1B}[?25h"

  /// Goes to the first line of the block and writes the lines that stay over it.
  private mutating func erase(columns: Int) -> String {
    // A terminal that became narrower has wrapped the lines that are on it.
    let rows = drawn.reduce(0) { $0 + max(1, ($1 - 1) / max(1, columns) + 1) }
    var output = rows > 0 ? "\r\u{1B}[\(rows)A" : ""
    if rows > 0 {
      // Text of the old block must not show at the end of a shorter line.
      output += pending.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        .map { $0 + "\u{1B}[K\n" }.joined()
    } else {
      output += pending
    }
    pending = ""
    return output
  }

  private mutating func keep(_ id: TaskID, _ line: String, mark: String = "") {
    pending += mark + text.style(.faint, "[\(id)]") + " " + line + "\n"
  }

  private func mark(_ outcome: Outcome) -> String {
    switch outcome {
    case .executed, .reused: text.style(.good, "✓") + " "
    case .failed: text.style(.bad, "✗") + " "
    case .skipped, .cancelled: text.style(.caution, "–") + " "
    }
  }

  private func block(at time: Int64, size: StandardStream.Size) -> [String] {
    guard !running.isEmpty else { return [] }
    let columns = max(1, size.columns - 1)
    let rows = max(1, min(Self.mostRows, size.lines - 3))
    let elapsed = DurationFormat.running(nanoseconds: time)
    let count = TerminalText.truncated("[\(finished)/\(total)]", to: columns)
    var lines = [
      text.style(.bold, count)
        + TerminalText.truncated(
          " \(running.count) running, \(elapsed)", to: columns - count.utf8.count)
    ]
    let shown = running.count > rows ? Array(running.prefix(rows - 1)) : running
    let widest = min(columns / 2, shown.map { TerminalText.width($0.id.text) }.max() ?? 0)
    for task in shown {
      let id = TerminalText.truncated(task.id.text, to: widest)
      let gap = String(repeating: " ", count: widest - TerminalText.width(id))
      let time = DurationFormat.running(nanoseconds: time - task.start)
      let head = "  \(id)\(gap)  \(time)"
      let room = columns - TerminalText.width(head) - 2
      if room < 0 {
        lines.append(TerminalText.truncated(head, to: columns))
      } else {
        lines.append(
          head + "  " + text.style(.faint, TerminalText.truncated(task.lastLine, to: room)))
      }
    }
    if shown.count < running.count {
      lines.append(TerminalText.truncated("  … \(running.count - shown.count) more", to: columns))
    }
    return lines
  }
}
