// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the phases and hosts of a release come to: its status as a whole, and whether it reached hosts.
// Pure functions of a record.

extension ReleaseRecord {
  /// The status as a whole.
  ///
  /// A phase that was skipped because there was nothing to do is as good as a completed one; after a
  /// failure there is a failed phase, so that skipped ones do not hide it.
  package var status: ReleaseStatus {
    let all = DeployPhase.allCases.map { status(of: $0) }
    if all.contains(.failed) { return .failed }
    if all.allSatisfy({ $0 == .completed || $0 == .skipped }) { return .completed }
    return all.contains(.running) ? .running : .pending
  }

  /// Whether nothing more will come.
  package var isFinal: Bool { DeployPhase.allCases.allSatisfy { status(of: $0).isFinal } }

  /// Whether every phase has done what it had to.
  package var isFullyDeployed: Bool { status == .completed }

  /// Whether hosts were changed by it, so that what they run is not what they ran before.
  package var reachedHosts: Bool {
    if isFullyDeployed { return true }
    switch status(of: .rollout) {
    case .pending, .skipped: return false
    case .running, .completed, .failed:
      // Hosts that went back to what they ran are skipped.
      return hosts.isEmpty || hosts.values.contains { $0 != .pending && $0 != .skipped }
    }
  }

  /// The word that people are shown.
  ///
  /// `isHeld` says whether somebody still holds the lock of its environment; nil where nobody asked. A
  /// release that nobody works on any more will not go on by itself.
  package func statusWord(isHeld: Bool?) -> String {
    !isFinal && isHeld == false ? "interrupted" : status.rawValue
  }

  /// The phases that keep it from being fully deployed, as `rollout: failed`.
  package var openPhases: [String] {
    DeployPhase.allCases.filter { status(of: $0) != .completed }.filter {
      status(of: $0) != .skipped || !isFullyDeployed
    }.map { "\($0.rawValue): \(status(of: $0).rawValue)" }
  }
}
