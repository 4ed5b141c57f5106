// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run came to: one entry a task, always. The exit code follows from it.

/// What a run came to.
package struct RunReport: Sendable {
  /// How one task went.
  package struct Entry: Sendable {
    package let id: TaskID
    package let taskClass: TaskClass
    package let pool: String
    /// A label for displays: `build`, `push`, `rollout`.
    package let phase: String
    /// The host that it worked on or asked; nil where it was about none or about several.
    package let host: String?
    /// The Compose service that it was about; nil where it was about none or about several.
    package let service: String?
    package let outcome: Outcome
    package let reason: Reason
    /// When it began and ended to be looked at, nanoseconds since the run began.
    package let start: Int64
    package let end: Int64

    /// Makes an entry.
    package init(
      id: TaskID, taskClass: TaskClass, policy: TaskPolicy, outcome: Outcome, reason: Reason,
      start: Int64, end: Int64
    ) {
      self.id = id
      self.taskClass = taskClass
      pool = policy.pool.name
      phase = policy.phase
      host = policy.host
      service = policy.service
      self.outcome = outcome
      self.reason = reason
      self.start = start
      self.end = end
    }
  }

  /// The name of the run: a folder below `.stagecraft/runs/`.
  package let id: String
  /// What was asked, as a person would say it: `build`, `run lint`.
  package let goal: String
  /// In an order in which the tasks could run.
  package let entries: [Entry]
  /// Wall time.
  package let duration: Duration
  /// Whether the run was stopped from outside.
  package let wasInterrupted: Bool

  /// Whether this run held a lock and lost it: what comes next is for its new holder to say.
  package var hasLostLock: Bool {
    failures.contains { if case .lockLost = $0.error.code { true } else { false } }
  }

  /// Makes a report.
  package init(
    id: String, goal: String, entries: [Entry], duration: Duration, wasInterrupted: Bool
  ) {
    self.id = id
    self.goal = goal
    self.entries = entries
    self.duration = duration
    self.wasInterrupted = wasInterrupted
  }

  /// Whether every task succeeded.
  package var isSuccess: Bool {
    !wasInterrupted && entries.allSatisfy(\.outcome.isSuccess)
  }

  /// How many tasks ended so, observations left out: they always run and cost next to nothing.
  package struct Counts: Sendable, Hashable {
    package var executed = 0
    package var reused = 0
    package var failed = 0
    package var skipped = 0
    package var cancelled = 0
    /// What the hits' last executions took.
    package var saved: Duration = .zero
  }

  /// Counted outcomes.
  package var counts: Counts {
    var counts = Counts()
    for entry in entries {
      switch entry.outcome {
      case .executed:
        if entry.taskClass != .observe { counts.executed += 1 }
      case .reused(let saved, _):
        counts.reused += 1
        counts.saved += saved
      case .failed: counts.failed += 1
      case .skipped: counts.skipped += 1
      case .cancelled: counts.cancelled += 1
      }
    }
    return counts
  }

  /// The failures, in order.
  package var failures: [(id: TaskID, error: TaskError)] {
    entries.compactMap { entry in
      if case .failed(let error) = entry.outcome { (entry.id, error) } else { nil }
    }
  }
}
