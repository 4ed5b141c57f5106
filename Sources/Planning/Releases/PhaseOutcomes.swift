// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run of a graph comes to, phase by phase, as a release records it. A pure function of the
// report.

package import TaskGraph

/// How far a run brought each phase, and why it did not where it did not.
package struct PhaseOutcomes: Sendable, Hashable {
  /// A status for each phase.
  package private(set) var phases: [DeployPhase: ReleaseStatus] = [:]
  /// Why phases were skipped or failed.
  package private(set) var reasons: [DeployPhase: String] = [:]

  /// The outcomes of a run; `phase` is the label that a task has in the graph.
  ///
  /// A phase in which nothing had to be done is skipped, with its reason: looking is not doing. What
  /// fails before or between the phases fails the first one that did not get done.
  package init(_ report: RunReport, phase: (TaskID) -> String) {
    var entries: [DeployPhase: [RunReport.Entry]] = [:]
    var stray: TaskID?
    for entry in report.entries {
      if let phase = DeployPhase(rawValue: phase(entry.id)) {
        entries[phase, default: []].append(entry)
      } else if case .failed = entry.outcome, stray == nil {
        stray = entry.id
      }
    }
    for phase in DeployPhase.allCases {
      let (status, reason) = Self.outcome(of: entries[phase] ?? [])
      phases[phase] = status
      reasons[phase] = reason
    }
    let cause = stray.map { "`\($0.text)` failed" }
    guard let cause = cause ?? (report.wasInterrupted ? "interrupted" : nil),
      !phases.values.contains(.failed),
      let open = DeployPhase.allCases.first(where: { phases[$0] != .completed })
    else { return }
    phases[open] = .failed
    reasons[open] = cause
  }

  private static func outcome(of entries: [RunReport.Entry]) -> (ReleaseStatus, String?) {
    var hasExecuted = false
    var isReused = false
    var blocked: String?
    for entry in entries {
      switch entry.outcome {
      case .failed: return (.failed, "`\(entry.id.text)` failed")
      case .executed: hasExecuted = hasExecuted || entry.taskClass != .observe
      case .reused: isReused = true
      case .skipped(let cause): blocked = blocked ?? "`\(cause.text)` failed"
      case .cancelled: blocked = blocked ?? "interrupted"
      }
    }
    if let blocked { return (hasExecuted ? .failed : .skipped, blocked) }
    if hasExecuted { return (.completed, nil) }
    return (.skipped, isReused ? "up to date" : "nothing to do")
  }
}

extension ReleaseRecord {
  /// Takes over what a run came to.
  package mutating func apply(_ outcomes: PhaseOutcomes) {
    phases = outcomes.phases
    reasons = outcomes.reasons
  }
}
