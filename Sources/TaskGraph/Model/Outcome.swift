// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How one task ended. Every task of a run has exactly one outcome, always.

/// How a task ended.
package enum Outcome: Sendable, Hashable {
  /// It ran, in this time.
  case executed(Duration)
  /// Its recorded result still holds; `restored` files were brought back, `saved` is what its last
  /// execution took.
  case reused(saved: Duration, restored: Int)
  /// It failed.
  case failed(TaskError)
  /// It never started, because that other task failed.
  case skipped(because: TaskID)
  /// It never started, or was stopped, because the run was interrupted or had failed elsewhere.
  case cancelled

  /// Whether dependents may go on.
  package var isSuccess: Bool {
    switch self {
    case .executed, .reused: true
    case .failed, .skipped, .cancelled: false
    }
  }

  /// The word that summaries and machine output use.
  package var word: String {
    switch self {
    case .executed: "executed"
    case .reused: "hit"
    case .failed: "failed"
    case .skipped: "skipped"
    case .cancelled: "cancelled"
    }
  }
}
