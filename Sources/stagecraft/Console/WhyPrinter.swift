// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says why a task ran: the sentence, then every change with its old and its new value. A pure function
// of the explanation.

import Cache
import TaskGraph

/// Prints the answer to `why`.
struct WhyPrinter: Sendable {
  let style: Style

  /// The whole text.
  func render(_ explanation: TaskExplanation) -> String {
    let id = "`\(explanation.id)`"
    let reason = ReasonFormat.text(explanation.reason)
    var text =
      switch explanation.moment {
      case .ran(let run, let outcome): "\(id) ran in \(run) (\(outcome)): \(reason)\n"
      case .now(.hit): "\(id) is up to date: \(reason)\n"
      case .now(.run): "\(id) would run: \(reason)\n"
      case .now(.maybe): "\(id) may run: \(reason)\n"
      }
    if case .changed(let changes) = explanation.reason { text += table(changes) }
    for upstream in explanation.upstream { text += render(upstream) }
    return text
  }

  private func table(_ changes: [Manifest.Change]) -> String {
    let words = changes.map(\.field.word)
    let kindWidth = words.map(\.count).max() ?? 0
    let nameWidth = min(48, changes.map { TerminalText.width($0.name) }.max() ?? 0)
    var text = ""
    for (word, change) in zip(words, changes) {
      let name = TerminalText.sanitized(change.name)
      text += "  " + style(.faint, word + pad(kindWidth - word.count)) + "  "
      text += name + pad(nameWidth - TerminalText.width(name)) + "  "
      if (change.old ?? "").isEmpty, (change.new ?? "").isEmpty {
        // A name without a value: that it came or went is all there is to say.
        text += change.new == nil ? style(.bad, "gone") : style(.good, "new")
      } else {
        text += style(.bad, value(change.old)) + " → " + style(.good, value(change.new))
      }
      text += "\n"
    }
    return text
  }

  private func value(_ value: String?) -> String {
    value.map { "`\(TerminalText.sanitized(ReasonFormat.value($0)))`" } ?? "(none)"
  }

  private func pad(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
