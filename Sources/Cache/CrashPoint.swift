// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where a test can kill the program: in debug builds only, a variable says before which of the counted
// moments. In release builds nothing is left of it.

#if DEBUG
  import Synchronization

  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// A series of moments before the n-th of which the process kills itself with SIGKILL.
  ///
  /// The crash tests loop over n until a run gets through.
  package final class CrashPoint: Sendable {
    /// Before each state-changing system call: `STAGECRAFT_CRASH_AT=n`.
    static let files = CrashPoint("STAGECRAFT_CRASH_AT")
    /// Before each effect, and after it before its receipt is written: `STAGECRAFT_CRASH_EFFECT=n`.
    package static let effects = CrashPoint("STAGECRAFT_CRASH_EFFECT")

    private let target: Int
    private let count = Atomic<Int>(0)

    private init(_ variable: String) {
      target = getenv(variable).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// Passes the next moment, or does not.
    package func pass() {
      guard target > 0 else { return }
      let position = count.wrappingAdd(1, ordering: .relaxed).newValue
      if position == target { kill(getpid(), SIGKILL) }
    }
  }
#else
  /// Nothing: moments are counted in debug builds only.
  package struct CrashPoint: Sendable {
    static let files = CrashPoint()
    package static let effects = CrashPoint()

    @inline(__always) package func pass() {}
  }
#endif
