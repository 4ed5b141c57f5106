// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Shows a run on a terminal: finished tasks scroll by, below them a block with a bar, the hosts and the
// running tasks, redrawn in place. Writes only on ticks, so that a run that is over at once shows no
// block.

import SystemPackage
import TaskGraph

/// The display for terminals.
struct LiveRenderer: RunRenderer {
  private let text: EventText
  private var block: LiveBlock
  private var screen = LiveScreen()
  private var remaining: RemainingTime?
  /// For each task on a host its row and its phase.
  private var hostTasks: [TaskID: (row: Int, phase: String)] = [:]
  /// Lines that stay, waiting for the next tick.
  private var pending = ""

  init(style: Style, isVerbose: Bool) {
    text = EventText(style: style, isVerbose: isVerbose)
    block = LiveBlock(style: style)
  }

  mutating func consume(_ event: Event) -> String {
    switch event.kind {
    case .runStarted(_, _, let tasks, _): block.total = tasks
    case .planned(let outline): plan(outline)
    case .started(let id, _): start(id, at: event.time)
    case .output(let id, let line, _, let replayed):
      let line = TerminalText.sanitized(line)
      if text.isVerbose {
        keep(id, line)
      } else if !replayed, !line.isEmpty,
        let place = block.running.lastIndex(where: { $0.id == id })
      {
        block.running[place].lastLine = line
      }
    case .retrying(let id, let attempt, let attempts, let pause, let error):
      keep(id, text.retrying(attempt, of: attempts, after: pause, error))
    case .warning(let id, let message): pending += text.warning(id, message) + "\n"
    case .finished(let id, let outcome, let reason):
      finish(id, outcome)
      if let line = text.finished(id, outcome, reason) { keep(id, line, mark: mark(outcome)) }
    case .upToDate(let summary): pending += text.upToDate(summary)
    case .runFinished: block.running.removeAll()
    case .message: break
    }
    return ""
  }

  mutating func tick(at time: Int64, size: StandardStream.Size) -> String {
    guard screen.isSettled(columns: size.columns) else { return "" }
    block.remaining = remaining?.estimate(at: time)
    // A bar that goes back says that it was wrong and nothing else: it waits instead.
    block.fraction = max(block.fraction, fraction(at: time))
    let frame = screen.frame(
      block.lines(at: time, size: size), above: pending, columns: size.columns)
    pending = ""
    return frame
  }

  mutating func end(size: StandardStream.Size) -> String {
    defer { pending = "" }
    return screen.end(above: pending, columns: size.columns)
  }

  func summary(_ report: RunReport, run: FilePath?) -> String {
    SummaryPrinter(style: text.style).render(report, run: run)
  }

  /// How much of the run is over: of its time where that can be told, else of its tasks.
  private func fraction(at time: Int64) -> Double {
    guard let estimate = block.remaining else {
      return block.total > 0 ? Double(block.finished) / Double(block.total) : 0
    }
    let whole = time + estimate.remaining
    return whole > 0 ? Double(time) / Double(whole) : 0
  }

  private mutating func plan(_ outline: RunOutline) {
    remaining = RemainingTime(outline)
    var rows: [Substring: Int] = [:]
    var totals: [Int] = []
    var names: [String] = []
    for item in outline.items {
      guard let host = item.place?.host else { continue }
      let row = rows[host] ?? names.count
      if row == names.count {
        rows[host] = row
        names.append(String(host))
        totals.append(0)
      }
      totals[row] += 1
      hostTasks[item.id] = (row, item.phase)
    }
    block.hosts = zip(names, totals).map { LiveBlock.HostRow(name: $0, total: $1) }
  }

  private mutating func start(_ id: TaskID, at time: Int64) {
    remaining?.start(id, at: time)
    block.running.append(LiveBlock.Running(id: id, start: time))
    if let (row, phase) = hostTasks[id] { block.hosts[row].phase = phase }
  }

  private mutating func finish(_ id: TaskID, _ outcome: Outcome) {
    remaining?.end(id)
    block.finished += 1
    block.running.removeAll { $0.id == id }
    let row = hostTasks[id]?.row
    if let row { block.hosts[row].finished += 1 }
    switch outcome {
    case .failed:
      block.failed += 1
      if let row { block.hosts[row].failed += 1 }
    case .skipped, .cancelled: if let row { block.hosts[row].lost += 1 }
    case .executed, .reused: break
    }
  }

  private mutating func keep(_ id: TaskID, _ line: String, mark: String = "") {
    pending += mark + text.line(id, line)
  }

  private func mark(_ outcome: Outcome) -> String {
    switch outcome {
    case .executed, .reused: text.style(.good, "✓") + " "
    case .failed: text.style(.bad, "✗") + " "
    case .skipped, .cancelled: text.style(.caution, "–") + " "
    }
  }
}
