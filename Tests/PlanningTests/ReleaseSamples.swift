// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Releases for tests: whole records from a few words.

import Planning
import Tasks

/// Releases to test with.
enum ReleaseSamples {
  /// A moment.
  static let noon = ReleaseTime("2026-11-23T12:00:00.5Z") ?? ReleaseTime(nanoseconds: 0)

  /// A release whose phases are completed but for its rollout, and what that entails.
  static func release(
    _ id: String, _ environment: String = "prod", version: String = "v1", hour: Int = 1,
    rollout: ReleaseStatus = .completed, hosts: [String] = []
  ) -> ReleaseRecord {
    let time = ReleaseTime("2026-11-23T0\(hour):00:00Z") ?? noon
    var record = ReleaseRecord(
      id: id, environment: environment, version: version, time: time, hosts: hosts)
    for phase in DeployPhase.allCases { record.phases[phase] = .completed }
    record.phases[.rollout] = rollout
    if rollout == .failed || rollout == .skipped { record.phases[.finalize] = .skipped }
    if rollout == .skipped { record.phases[.build] = .failed }
    return record
  }
}
