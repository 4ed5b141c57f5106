// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Time within a run, on a clock that never jumps; and wall time, for records that people read.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Nanoseconds since a run began.
package struct RunClock: Sendable {
  private let start: ContinuousClock.Instant

  /// Starts now.
  package init() { start = ContinuousClock.now }

  /// Nanoseconds since the start.
  package var now: Int64 { (ContinuousClock.now - start).nanoseconds }

  /// The time since the start.
  package var elapsed: Duration { ContinuousClock.now - start }

  /// Nanoseconds since 1970.
  package static var wallNanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
