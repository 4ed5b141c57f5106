// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What `plan` says of one task.

package import Cache

/// What a run would do with one task.
package struct PlanEntry: Sendable {
  /// What a run would do.
  package enum Status: String, Sendable, Hashable {
    /// Nothing: its result stands.
    case hit
    /// Execute it.
    case run
    /// Execute it if what runs before it comes out different.
    case maybe
  }

  package let id: TaskID
  package let kind: String
  package let taskClass: TaskClass
  package let phase: String
  package let status: Status
  package let reason: Reason
  package let dependsOn: [TaskID]
  /// What its key names as inputs: files, upstream outputs, variables; sorted.
  package let inputs: [String]
  /// What its last execution took.
  package let expected: Duration?
  /// What the status rests on: its key, for an observation the digest of what was seen; nil where
  /// that is not known.
  package let state: Digest?

  /// Makes an entry.
  package init(
    id: TaskID, kind: String, taskClass: TaskClass, phase: String, status: Status,
    reason: Reason, dependsOn: [TaskID], inputs: [String], expected: Duration?,
    state: Digest? = nil
  ) {
    self.id = id
    self.kind = kind
    self.taskClass = taskClass
    self.phase = phase
    self.status = status
    self.reason = reason
    self.dependsOn = dependsOn
    self.inputs = inputs
    self.expected = expected
    self.state = state
  }
}
