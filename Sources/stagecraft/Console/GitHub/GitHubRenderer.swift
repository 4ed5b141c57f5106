// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Prints a run for the log of GitHub Actions: what a task printed is a group that can be unfolded, a
// failure an annotation at the place where the task is declared.

import SystemPackage
import TaskGraph

/// The display for GitHub Actions.
///
/// Tasks run at once and groups cannot be mixed, so the lines of a task come when it ends.
struct GitHubRenderer: RunRenderer {
  /// More of one task's output is in its log only.
  private static let mostBytes = 1 << 20

  private let text: EventText
  private let job: GitHubActions
  private var places: [TaskID: Message.Place] = [:]
  private var logs: [TaskID: LineBuffer] = [:]

  init(style: Style, isVerbose: Bool, job: GitHubActions) {
    text = EventText(style: style, isVerbose: isVerbose)
    self.job = job
  }

  mutating func consume(_ event: Event) -> String {
    switch event.kind {
    case .runStarted, .runFinished, .message: return ""
    case .planned(let outline):
      for item in outline.items {
        places[item.id] = item.declaredAt.flatMap { Message.Place($0) }.map(job.located)
      }
      return ""
    case .started(let id, let reason): return inert(text.line(id, text.started(reason)))
    case .output(let id, let line, let stream, let replayed):
      if text.hasOutput(line, replayed) {
        let log = logs[id] ?? LineBuffer(limit: Self.mostBytes)
        log.append(TerminalText.sanitized(line), stream)
        logs[id] = log
      }
      return ""
    case .retrying(let id, let attempt, let attempts, let pause, let error):
      return text.line(id, text.retrying(attempt, of: attempts, after: pause, error))
    case .warning(let id, let message):
      return WorkflowCommand.annotation(
        Message(.warning, message, place: id.flatMap { places[$0] }), title: id?.text)
    case .finished(let id, let outcome, let reason): return finished(id, outcome, reason)
    case .upToDate(let summary): return inert(text.upToDate(summary))
    }
  }

  func summary(_ report: RunReport, run: FilePath?) -> String {
    inert(SummaryPrinter(style: text.style).render(report, run: run))
  }

  private mutating func finished(_ id: TaskID, _ outcome: Outcome, _ reason: Reason) -> String {
    let words = text.finished(id, outcome, reason)
    var shown = inert(text.line(id, words))
    if let log = logs.removeValue(forKey: id) {
      let dropped = log.dropped > 0 ? "… \(log.dropped) lines before are in the log\n" : ""
      shown =
        WorkflowCommand.group("[\(id)] \(words ?? "output")") + dropped + inert(log.text)
        + WorkflowCommand.endGroup
    }
    if case .failed(let error) = outcome {
      shown += WorkflowCommand.annotation(
        Message(.error, error.message, hint: error.hint, place: places[id]),
        title: "\(id) failed")
    }
    return shown
  }

  /// Lines of which none is a command.
  private func inert(_ lines: String) -> String {
    lines.split(separator: "\n", omittingEmptySubsequences: false)
      .map { WorkflowCommand.inert(String($0)) }.joined(separator: "\n")
  }
}
