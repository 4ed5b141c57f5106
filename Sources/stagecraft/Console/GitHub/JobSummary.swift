// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says what a run came to in a short table of Markdown, for the page of a job. A pure function of the
// report.

import TaskGraph

/// Puts a report into Markdown.
enum JobSummary {
  /// More rows would hide what counts; a page of a job is cut at a megabyte.
  private static let mostRows = 50

  /// The text of one run, ending with an empty line.
  static func render(_ report: RunReport) -> String {
    let mark = report.isSuccess ? "✅" : report.wasInterrupted ? "⏹️" : "❌"
    var text = "### \(mark) `stagecraft \(report.goal)`: \(ReportJSON.status(report))\n\n"
    text += SummaryPrinter(style: .plain).counts(report) + "\n\n"
    let rows = report.entries.filter(isWorthARow)
    guard !rows.isEmpty else { return text }
    text += "| task | status | time | why |\n|---|---|--:|---|\n"
    // What failed comes first: it must not be what the limit cuts off.
    for entry in (rows.filter(isFailed) + rows.filter { !isFailed($0) }).prefix(mostRows) {
      text +=
        "| \(cell(entry.id.text)) | \(status(of: entry)) | \(time(of: entry)) | "
        + "\(cell(why(entry))) |\n"
    }
    if rows.count > mostRows { text += "\n… and \(rows.count - mostRows) more\n" }
    return text + "\n"
  }

  private static func isFailed(_ entry: RunReport.Entry) -> Bool {
    if case .failed = entry.outcome { true } else { false }
  }

  /// What needed nothing and what only looked are counted, not listed.
  private static func isWorthARow(_ entry: RunReport.Entry) -> Bool {
    switch entry.outcome {
    case .executed: entry.taskClass != .observe
    case .reused: false
    case .failed, .skipped, .cancelled: true
    }
  }

  private static func status(of entry: RunReport.Entry) -> String {
    switch entry.outcome {
    case .executed: "✅ done"
    case .reused: "up to date"
    case .failed: "❌ failed"
    case .skipped: "skipped"
    case .cancelled: "cancelled"
    }
  }

  private static func time(of entry: RunReport.Entry) -> String {
    let isOver = entry.end > entry.start
    return isOver ? DurationFormat.text(.nanoseconds(entry.end - entry.start)) : ""
  }

  private static func why(_ entry: RunReport.Entry) -> String {
    switch entry.outcome {
    case .executed, .reused, .cancelled: ReasonFormat.text(entry.reason)
    case .failed(let error): error.message
    case .skipped(let cause): "`\(cause)` did not succeed"
    }
  }

  /// Text as one cell of a table: no character of it is Markdown, but for code between backquotes.
  private static func cell(_ text: String) -> String {
    var cell = ""
    for character in TerminalText.sanitized(text) {
      switch character {
      case "|", "\\", "*", "_", "[", "]", "#", "~": cell += "\\\(character)"
      case "<": cell += "&lt;"
      case "&": cell += "&amp;"
      case "\n", "\r\n", "\r": cell += " "
      default: cell.append(character)
      }
    }
    return cell
  }
}
