// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the loop gets back for one task: its outcome and all that is to be remembered of it.

package import Cache

/// What became of one task.
struct TaskResult: Sendable {
  let position: Int
  var outcome: Outcome
  var reason: Reason
  /// What it produced; nil where it did not succeed.
  var value: (any Storable)?
  var digest: Digest?
  /// Everything it read.
  var reads = ReadSet.Contents()
  /// The files it made, as they are on disk.
  var outputs: [(path: String, identity: FileIdentity)] = []
  /// What the index should say of it from now on; nil leaves the index as it is.
  var entry: TaskIndex.Entry?
  /// What an observation saw, and how to look again.
  var observation: VerifyingTrace.Observation?
  /// Whether the next run may take it as unchanged when everything it read and made is unchanged.
  var isProvable = false
  var start: Int64 = 0
  var end: Int64 = 0
}

/// What a run leaves: the report, and what proves to the next one that nothing changed.
package struct RunResult: Sendable {
  package let report: RunReport
  /// Everything that any task read or made; nil where it cannot prove anything.
  package let proof: Proof?
  /// What each effect produced, whether it ran or was satisfied.
  package let effects: [TaskID: any Storable]
  /// What each observation saw.
  package let observations: [TaskID: any Storable]

  /// Makes a result.
  package init(
    report: RunReport, proof: Proof?, effects: [TaskID: any Storable],
    observations: [TaskID: any Storable] = [:]
  ) {
    self.report = report
    self.proof = proof
    self.effects = effects
    self.observations = observations
  }

  /// All that a run's result rests on.
  package struct Proof: Sendable {
    package var reads = ReadSet.Contents()
    package var observations: [VerifyingTrace.Observation] = []
  }
}
