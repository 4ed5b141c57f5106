// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is said to whoever interrupts a run. Sentences alone.

import Tasks

/// The sentences of an interruption.
enum InterruptionText {
  /// After the first signal: what is brought to a safe point, and for how long at most.
  static func first(_ steps: [HostWork.Step]) -> String {
    guard !steps.isEmpty else { return "stopping what runs; once more to stop at once" }
    let list = steps.map { step in
      "\(TerminalText.sanitized(step.words)) on `\(TerminalText.sanitized(step.host))`, at most \(step.rest) s"
    }
    return "bringing to a safe point: \(list.joined(separator: "; ")); once more to stop at once"
  }

  /// After the second one: what goes on without us, a line each.
  static func atOnce(_ steps: [HostWork.Step]) -> String {
    steps.map { step in
      "\(TerminalText.sanitized(step.words)) goes on on `\(TerminalText.sanitized(step.host))` by "
        + "itself; the next run waits for it and does what is left\n"
    }.joined()
  }
}
