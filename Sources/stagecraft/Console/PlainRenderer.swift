// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Prints a run for pipes and logs: one line an event, the task's name before it, no steering of a
// terminal. A line never changes once it is written.

import SystemPackage
import TaskGraph

/// The display for everything that is not a terminal.
struct PlainRenderer: RunRenderer {
  private let text: EventText

  init(style: Style, isVerbose: Bool) {
    text = EventText(style: style, isVerbose: isVerbose)
  }

  mutating func consume(_ event: Event) -> String {
    switch event.kind {
    case .runStarted, .planned, .runFinished, .message: ""
    case .started(let id, let reason): text.line(id, text.started(reason))
    case .output(let id, let output, _, let replayed):
      text.hasOutput(output, replayed)
        ? text.line(id, TerminalText.sanitized(output)) : ""
    case .retrying(let id, let attempt, let attempts, let pause, let error):
      text.line(id, text.retrying(attempt, of: attempts, after: pause, error))
    case .warning(let id, let message): text.warning(id, message) + "\n"
    case .finished(let id, let outcome, let reason):
      text.line(id, text.finished(id, outcome, reason))
    case .upToDate(let summary): text.upToDate(summary)
    }
  }

  func summary(_ report: RunReport, run: FilePath?) -> String {
    SummaryPrinter(style: text.style).render(report, run: run)
  }
}
