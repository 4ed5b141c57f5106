// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says one event in one line, the same for pipes and above the live display. Knows no terminal.

import TaskGraph

/// Puts events into lines.
struct EventText: Sendable {
  let style: Style
  /// Whether tasks that needed nothing are named too.
  let isVerbose: Bool

  /// A line of a task with its name before it; nothing for nothing.
  func line(_ id: TaskID, _ content: String?) -> String {
    content.map { style(.faint, "[\(id)]") + " " + $0 + "\n" } ?? ""
  }

  /// Whether a line that a task printed is shown.
  ///
  /// BuildKit puts an empty line between its steps: here it would be a name and nothing else.
  func hasOutput(_ line: String, _ replayed: Bool) -> Bool {
    !line.isEmpty && (!replayed || isVerbose)
  }

  /// What an earlier run said at its end, with its colours only where those are wanted.
  func upToDate(_ summary: String) -> String {
    style.isColored
      ? summary + "\n"
      : summary.split(separator: "\n", omittingEmptySubsequences: false)
        .map { TerminalText.sanitized(String($0)) + "\n" }.joined()
  }

  /// What is said of the end of a task; nil where that is not worth a line.
  func finished(_ id: TaskID, _ outcome: Outcome, _ reason: Reason) -> String? {
    switch outcome {
    case .executed(let duration):
      if reason == .alwaysObserves, !isVerbose { return nil }
      return "done in \(DurationFormat.text(duration))"
    case .reused(_, let restored):
      // Files that come back are a change in the user's folder, which is worth a line.
      guard isVerbose || restored > 0 else { return nil }
      let files = restored == 0 ? "" : ", \(restored) file\(restored == 1 ? "" : "s") brought back"
      return "up to date: \(ReasonFormat.text(reason))\(files)"
    case .failed(let error): return style(.bad, "failed: \(TerminalText.sanitized(error.message))")
    case .skipped(let cause): return style(.caution, "skipped: `\(cause)` did not succeed")
    case .cancelled: return isVerbose ? style(.caution, "cancelled") : nil
    }
  }

  /// What is said of the start of a task; nil where that is not worth a line.
  func started(_ reason: Reason) -> String? {
    if reason == .alwaysObserves, !isVerbose { return nil }
    return "running: \(ReasonFormat.text(reason))"
  }

  /// What is said of a failed attempt; `next` counts the one that follows.
  func retrying(
    _ next: Int, of attempts: Int, after pause: Duration, _ error: TaskError
  ) -> String {
    style(.caution, "failed") + ": \(TerminalText.sanitized(error.message)); "
      + "attempt \(next) of \(attempts) in \(DurationFormat.text(pause))"
  }

  /// What is said of something that does not stop the run.
  func warning(_ id: TaskID?, _ text: String) -> String {
    style(.caution, "warning") + ": " + (id.map { "`\($0)`: " } ?? "") + text
  }
}
