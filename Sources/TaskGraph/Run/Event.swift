// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What happens during a run, as it happens. Every display and every file about a run is made from
// these and from nothing else.

/// Something that happened in a run.
package struct Event: Sendable {
  /// What happened.
  package enum Kind: Sendable {
    /// The run begins with this many tasks; `wall` is nanoseconds since 1970.
    case runStarted(id: String, goal: String, tasks: Int, wall: Int64 = 0)
    /// The shape of the run, and what is expected of each task.
    case planned(RunOutline)
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
    /// One record proved that nothing is to be done, so that no task was looked at; with what a run
    /// would have said at its end.
    case upToDate(String)
    /// The run ended.
    case runFinished(RunReport)
    /// Something that was said before, after or between runs.
    case message(Message)
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
