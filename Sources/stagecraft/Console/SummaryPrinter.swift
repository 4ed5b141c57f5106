// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says what a run came to: each failure with its command, the end of its log and a hint, then one line
// of counts. A pure function of the report.

import SystemPackage
import TaskGraph

/// Prints the end of a run.
struct SummaryPrinter: Sendable {
  /// Further failures are named only.
  private static let mostBlocks = 10
  private static let mostLines = 20

  let style: Style

  /// The whole text; `run` is the folder with the logs, nil where none was written.
  func render(_ report: RunReport, run: FilePath?) -> String {
    var text = ""
    for (place, failure) in report.failures.enumerated() {
      text +=
        place < Self.mostBlocks
        ? block(failure.id, failure.error, run: run)
        : heading(failure.id, failure.error)
    }
    return text + counts(report) + "\n"
  }

  /// What a later run prints that finds all this unchanged.
  func proven(_ report: RunReport) -> String {
    var saved = Duration.zero
    var tasks = 0
    for entry in report.entries where entry.taskClass != .observe {
      tasks += 1
      switch entry.outcome {
      case .executed(let duration): saved += duration
      case .reused(let duration, _): saved += duration
      case .failed, .skipped, .cancelled: break
      }
    }
    return upToDate(tasks, saved: saved)
  }

  private func upToDate(_ tasks: Int, saved: Duration) -> String {
    guard tasks > 0 else { return "nothing to do" }
    let time = saved > .zero ? " (saved \(DurationFormat.text(saved)))" : ""
    return style(.good, "nothing to do") + ": \(tasks) task\(tasks == 1 ? "" : "s") up to date"
      + time
  }

  private func heading(_ id: TaskID, _ error: TaskError) -> String {
    style(.bad, "✗ \(id) failed") + ": \(TerminalText.sanitized(error.message))\n"
  }

  private func block(_ id: TaskID, _ error: TaskError, run: FilePath?) -> String {
    var text = heading(id, error)
    if let command = error.command {
      text += "  " + style(.faint, "command") + "  \(TerminalText.sanitized(command))\n"
    }
    let lines = error.logTail.suffix(Self.mostLines)
    if !lines.isEmpty {
      if let run {
        let path = RunJournal.logPath(of: id, run: run)
        text += "  " + style(.faint, "log") + "      \(path.string)\n"
      }
      for line in lines {
        text += "  " + style(.faint, "│") + " \(TerminalText.sanitized(line))\n"
      }
    }
    if let hint = error.hint { text += "  " + style(.faint, "hint") + "     \(hint)\n" }
    return text + "\n"
  }

  /// `3 executed, 7 up to date, 0 failed in 1.2 s, saved 34 s`.
  func counts(_ report: RunReport) -> String {
    let counts = report.counts
    let saved = counts.saved > .zero ? DurationFormat.text(counts.saved) : nil
    if report.isSuccess, counts.executed == 0 {
      return upToDate(counts.reused, saved: counts.saved)
    }
    var parts = ["\(counts.executed) executed", "\(counts.reused) up to date"]
    parts.append(
      counts.failed > 0 ? style(.bad, "\(counts.failed) failed") : "\(counts.failed) failed")
    if counts.skipped > 0 { parts.append("\(counts.skipped) skipped") }
    if counts.cancelled > 0 { parts.append("\(counts.cancelled) cancelled") }
    let interrupted = report.wasInterrupted ? style(.caution, "interrupted") + ": " : ""
    return interrupted + parts.joined(separator: ", ")
      + " in \(DurationFormat.text(report.duration))" + (saved.map { ", saved \($0)" } ?? "")
  }
}
