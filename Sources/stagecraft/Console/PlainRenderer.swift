// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Prints a run for pipes and logs: one line an event, the task's name before it, no steering of a
// terminal. A line never changes once it is written.

import TaskGraph

/// The display for everything that is not a terminal.
struct PlainRenderer: RunRenderer {
  private let text: EventText

  init(style: Style, isVerbose: Bool) {
    text = EventText(style: style, isVerbose: isVerbose)
  }

  mutating func consume(_ event: Event) -> String {
    switch event.kind {
    case .runStarted, .runFinished: ""
    case .started(let id, let reason): line(id, text.started(reason))
    case .output(let id, let output, _, let replayed):
      // BuildKit puts an empty line between its steps: here it would be a prefix and nothing else.
      output.isEmpty || (replayed && !text.isVerbose)
        ? "" : line(id, TerminalText.sanitized(output))
    case .retrying(let id, let attempt, let attempts, let pause, let error):
      line(id, text.retrying(attempt, of: attempts, after: pause, error))
    case .warning(let id, let message): text.warning(id, message) + "\n"
    case .finished(let id, let outcome, let reason):
      line(id, text.finished(id, outcome, reason))
    }
  }

  mutating func tick(at time: Int64, size: StandardStream.Size) -> String { "" }

  mutating func end() -> String { "" }

  private func line(_ id: TaskID, _ content: String?) -> String {
    content.map { text.style(.faint, "[\(id)]") + " " + $0 + "\n" } ?? ""
  }
}
