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
  /// The limit that it runs under.
  package let pool: Pool
  /// The host that it works on or asks; nil where it is about none or about several.
  package let host: String?
  /// The Compose service that it is about; nil where it is about none or about several.
  package let service: String?
  package var status: Status
  package var reason: Reason
  package let dependsOn: [TaskID]
  /// What its key names as inputs: files, upstream outputs, variables; sorted.
  package let inputs: [String]
  /// What its last execution took.
  package let expected: Duration?
  /// What the status rests on: its key, for an observation the digest of what was seen; nil where
  /// that is not known.
  package let state: Digest?
  /// What it would change in the world, part by part, as far as that is known.
  package let differences: [Difference]
  /// Of an observation, what it saw, part by part; nil where it was not made.
  package let seen: [Observation]?
  /// What to do where the reason is that a run would refuse it.
  package let advice: String?

  /// Makes an entry.
  package init(
    id: TaskID, kind: String, taskClass: TaskClass, policy: TaskPolicy, status: Status,
    reason: Reason, dependsOn: [TaskID], inputs: [String], expected: Duration?,
    state: Digest? = nil, differences: [Difference] = [], seen: [Observation]? = nil,
    advice: String? = nil
  ) {
    self.advice = advice
    self.id = id
    self.kind = kind
    self.taskClass = taskClass
    phase = policy.phase
    pool = policy.pool
    host = policy.host
    service = policy.service
    self.status = status
    self.reason = reason
    self.dependsOn = dependsOn
    self.inputs = inputs
    self.expected = expected
    self.state = state
    self.differences = differences
    self.seen = seen
  }
}
