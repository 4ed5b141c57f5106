// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One task as pictures show it, whether it is planned or has run. Plain values; knows no file and no
// format.

import Cache

/// One task of a picture.
package struct PictureTask: Sendable {
  /// What is planned for a task, or what became of it.
  package enum Status: String, Sendable, Hashable, CaseIterable {
    // Of a plan.
    case run, maybe, hit, look
    // Of a run; `hit` is of both.
    case executed, failed, skipped, cancelled, running, waiting, looked
  }

  /// Part of what made it run, with both values as people want to see them.
  package struct Change: Sendable, Hashable {
    package let kind: String
    package let name: String
    package let old: String?
    package let new: String?

    /// Makes a change.
    package init(kind: String, name: String, old: String?, new: String?) {
      self.kind = kind
      self.name = name
      self.old = old
      self.new = new
    }
  }

  /// When it ran, in nanoseconds since the run began.
  package struct Span: Sendable, Hashable {
    package let start: Int64
    package let end: Int64

    /// Makes a span.
    package init(start: Int64, end: Int64) {
      self.start = start
      self.end = end
    }
  }

  /// Why it failed.
  package struct Failure: Sendable, Hashable {
    package let message: String
    package let hint: String?
    package let command: String?

    /// Makes a failure.
    package init(message: String, hint: String?, command: String?) {
      self.message = message
      self.hint = hint
      self.command = command
    }
  }

  package let id: TaskID
  package var kind = ""
  package var taskClass = ""
  package var phase = ""
  /// The host that it is about; nil for this machine.
  package var host: String?
  /// The service that it is about, where it is about one.
  package var service: String?
  package var pool = ""
  package var status: Status
  package var reasonCode = ""
  package var reason = ""
  package var changes: [Change] = []
  /// What it would change in the world.
  package var differences: [Change] = []
  package var inputs: [String] = []
  /// Positions in the picture, each smaller than its own, ascending.
  package var before: [Int] = []
  /// What its last execution took, where that is known.
  package var expected: Duration?
  package var span: Span?
  /// What reusing its result saved.
  package var saved: Duration?
  package var failure: Failure?
  /// The task whose failure kept it from starting.
  package var because: String?
  /// The end of what it printed.
  package var log = ""

  /// Makes a task with nothing but a name and a status.
  package init(id: TaskID, status: Status) {
    self.id = id
    self.status = status
    let place = TaskPlace(id)
    host = place.host
    service = place.service
  }

  /// Takes over what a plan says; `positions` holds the tasks that stand before it.
  package init(_ entry: PlanEntry, positions: [TaskID: Int]) {
    self.init(
      id: entry.id,
      status: entry.taskClass == .observe ? .look : Status(rawValue: entry.status.rawValue) ?? .run)
    kind = entry.kind
    taskClass = entry.taskClass.rawValue
    phase = entry.phase
    pool = entry.pool.name
    let place = TaskPlace(entry)
    host = place.host
    service = place.service
    reasonCode = ReasonFormat.code(entry.reason)
    reason = ReasonFormat.text(entry.reason)
    if case .changed(let list) = entry.reason {
      changes = list.map { change in
        Change(
          kind: change.field.word, name: change.name,
          old: change.old.map(ReasonFormat.value), new: change.new.map(ReasonFormat.value))
      }
    }
    differences = entry.differences.map { difference in
      Change(
        kind: difference.subject.rawValue, name: difference.name,
        old: difference.old.map(DifferenceFormat.value),
        new: difference.new.map(DifferenceFormat.value))
    }
    inputs = entry.inputs
    before = entry.dependsOn.compactMap { positions[$0] }.sorted()
    expected = entry.expected
  }
}
