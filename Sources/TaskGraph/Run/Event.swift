// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What happens during a run, as it happens. Every display and every file about a run is made from
// these and from nothing else.

/// Something that happened in a run.
package struct Event: Sendable {
  /// What happened.
  package enum Kind: Sendable {
    /// The run begins with this many tasks.
    case runStarted(id: String, goal: String, tasks: Int)
    /// A task starts to execute, for this reason.
    case started(TaskID, Reason)
    /// A task wrote a line; `replayed` where the line comes from the record of a hit.
    case output(TaskID, line: String, OutputStream, replayed: Bool)
    /// An attempt failed and another follows after a pause.
    case retrying(TaskID, attempt: Int, of: Int, after: Duration, TaskError)
    /// Something that does not stop the run, such as a cache that cannot be written.
    case warning(TaskID?, String)
    /// A task ended.
    case finished(TaskID, Outcome, Reason)
    /// The run ended.
    case runFinished(RunReport)
  }

  package let kind: Kind
  /// Nanoseconds since the run began, on a clock that never jumps.
  package let time: Int64

  /// Makes an event.
  package init(_ kind: Kind, time: Int64) {
    self.kind = kind
    self.time = time
  }
}
