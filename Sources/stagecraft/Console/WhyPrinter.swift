// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says why a task ran: the sentence, then every change with its old and its new value, then the same
// for what led to it; or all of it as a tree, down to what changed. A pure function of the explanation.

import Cache
import TaskGraph

/// Prints the answer to `why` about a task.
struct WhyPrinter: Sendable {
  let style: Style

  // MARK: sentences

  /// The whole text.
  func render(_ explanation: TaskExplanation) -> String {
    explanation.flattened.enumerated().filter { $0.offset == 0 || !$0.element.isObservation }
      .map { _, task in
        let text =
          "`\(task.id)` \(moment(task, isBrief: false)): \(ReasonFormat.text(task.reason))\n"
        guard case .changed(let changes) = task.reason else { return text }
        return text + table(changes)
      }.joined()
  }

  /// What happens to a task, as the end of a sentence that its name begins.
  func moment(_ task: TaskExplanation, isBrief: Bool = true) -> String {
    switch task.moment {
    case .ran(let run, _) where task.isObservation: "looked in \(run)"
    case .ran(let run, "executed") where isBrief: "ran in \(run)"
    case .found(let run): "was as it should be in \(run)"
    case .ran(let run, let outcome): "ran in \(run) (\(outcome))"
    case .now(.hit): "is up to date"
    case .now where task.isObservation: "runs each time"
    case .now(.run): "would run"
    case .now(.maybe): "may run"
    }
  }

  private func table(_ changes: [Manifest.Change]) -> String {
    let words = changes.map(\.field.word)
    let kindWidth = words.map(\.count).max() ?? 0
    let nameWidth = min(48, changes.map { TerminalText.width($0.name) }.max() ?? 0)
    var text = ""
    for (word, change) in zip(words, changes) {
      let name = TerminalText.sanitized(change.name)
      text += "  " + style(.faint, word + pad(kindWidth - word.count)) + "  "
      text += name + pad(nameWidth - TerminalText.width(name)) + "  \(values(of: change))\n"
    }
    return text
  }

  /// The old and the new value of a change.
  private func values(of change: Manifest.Change) -> String {
    if (change.old ?? "").isEmpty, (change.new ?? "").isEmpty {
      // A name without a value: that it came or went is all there is to say.
      return change.new == nil ? style(.bad, "gone") : style(.good, "new")
    }
    return style(.bad, value(change.old)) + " → " + style(.good, value(change.new))
  }

  private func value(_ value: String?) -> String {
    value.map { "`\(TerminalText.sanitized(ReasonFormat.value($0)))`" } ?? "(none)"
  }

  private func pad(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  // MARK: a tree

  /// The task on top, what led to it below, and at the ends what changed.
  func tree(_ explanation: TaskExplanation) -> String {
    head(explanation) + "\n" + branches(of: explanation, "")
  }

  private func head(_ task: TaskExplanation) -> String {
    var text = style(.bold, "\(task.id)") + "  " + style(tint(task), moment(task))
    // What the branches say is not said twice.
    switch task.reason {
    case .changed(let changes) where !changes.isEmpty: break
    case .upstreamRuns where !task.upstream.isEmpty: break
    default:
      if !task.isObservation || task.upstream.isEmpty {
        text += style(.faint, ": ") + ReasonFormat.text(task.reason)
      }
    }
    return text
  }

  private func tint(_ task: TaskExplanation) -> Style.Role {
    switch task.moment {
    case .ran(_, let outcome): outcome == "failed" ? .bad : .good
    case .now where task.isObservation: .faint
    case .now(.hit), .found: .good
    case .now(.run): .caution
    case .now(.maybe): .active
    }
  }

  private func branches(of task: TaskExplanation, _ prefix: String) -> String {
    let leaves = task.ownChanges.map { (line: leaf($0), below: nil as TaskExplanation?) }
    let inner = task.upstream.map { (line: head($0), below: $0 as TaskExplanation?) }
    let all = leaves + inner
    return all.enumerated().map { position, branch in
      let isLast = position == all.count - 1
      let line = style(.faint, prefix + (isLast ? "└─ " : "├─ ")) + branch.line + "\n"
      let next = prefix + (isLast ? "   " : "│  ")
      return line + (branch.below.map { branches(of: $0, next) } ?? "")
    }.joined()
  }

  private func leaf(_ change: Manifest.Change) -> String {
    style(.faint, change.field.word) + " " + TerminalText.sanitized(change.name) + "  "
      + values(of: change)
  }
}
