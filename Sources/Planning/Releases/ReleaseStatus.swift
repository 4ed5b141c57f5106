// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The words a release record uses for how far something is.

/// How far a phase, a host or a whole release is.
package enum ReleaseStatus: String, Sendable, Hashable, Codable, CaseIterable {
  case pending
  case running
  case completed
  case failed
  case skipped

  /// Whether nothing more will come.
  package var isFinal: Bool { self != .pending && self != .running }
}
