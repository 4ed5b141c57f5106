// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The lengths of time that a lease goes by, and how time passes: a parameter, so that a test need not
// wait. Knows no lock.

/// How time passes for a lease.
package struct LeaseTiming: Sendable {
  /// Between two heartbeats.
  package var beat = Duration.seconds(10)
  /// Between two looks at a lock that somebody else holds.
  package var poll = Duration.seconds(2)
  /// Seconds of silence after which a lock may be taken over.
  package var expiry = HostFactsScript.expiry
  /// The time now.
  package var now: @Sendable () -> ContinuousClock.Instant = { .now }
  /// Lets time pass.
  package var pause: @Sendable (Duration) async throws -> Void = {
    try await Task.sleep(for: $0)
  }

  /// The usual.
  package init() {}
}
