// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whether a rollout came to grief, read from its report: more failed than may. Pure.

package import TaskGraph

extension RolloutSettings {
  /// Whether a run failed beyond what the environment allows, so that ``onFailure`` says what follows.
  ///
  /// Up to ``maxFailures`` hosts may fail without that, but none of the canary; however many where the
  /// user asked to go on. What fails beside the hosts, such as a migration or a hook, always counts;
  /// old releases that could not be removed never do.
  package func isBroken(
    _ report: RunReport, hosts: [HostReport], keepsGoing: Bool
  ) -> Bool {
    let isElsewhere = report.failures.contains { !$0.id.text.hasPrefix("host/") }
    if isElsewhere { return true }
    if keepsGoing { return false }
    let wasStopped = report.entries.contains { entry in
      if case .skipped = entry.outcome { Self.isGate(entry.id) } else { false }
    }
    return wasStopped
      || hosts.count { host in
        host.status == .failed || host.status == .interrupted && host.failure != nil
      } > maxFailures
  }

  /// Whether a task only opens the next part of a rollout.
  private static func isGate(_ id: TaskID) -> Bool {
    id.text == "rollout/canary" || id.text.hasPrefix("rollout/wave-")
  }
}
