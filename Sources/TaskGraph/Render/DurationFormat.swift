// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says a length of time in the few characters that a person needs. Knows nothing else.

/// Puts lengths of time into words.
package enum DurationFormat {
  /// `0.4 ms`, `340 ms`, `1.2 s`, `2 min 5 s`, `1 h 3 min`.
  package static func text(_ duration: Duration) -> String {
    let microseconds = max(0, nanoseconds(duration) / 1000)
    let milliseconds = (microseconds + 500) / 1000
    if microseconds < 10_000 { return tenths(microseconds, of: 1000) + " ms" }
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    if milliseconds < 59_950 { return tenths(milliseconds, of: 1000) + " s" }
    let seconds = (milliseconds + 500) / 1000
    if seconds < 3600 {
      return seconds % 60 == 0
        ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
    }
    let minutes = (seconds + 30) / 60
    return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// Time that goes on, in steps that a display can follow: `0.3 s`, `12.0 s`, `2 min 5 s`.
  package static func running(nanoseconds: Int64) -> String {
    let tenths = max(0, nanoseconds) / 100_000_000
    return tenths < 600
      ? "\(tenths / 10).\(tenths % 10) s" : text(.seconds(tenths / 10))
  }

  /// The duration in whole nanoseconds.
  package static func nanoseconds(_ duration: Duration) -> Int64 {
    let parts = duration.components
    let (whole, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : whole + parts.attoseconds / 1_000_000_000
  }

  /// The duration in whole milliseconds, as machine output has it.
  package static func milliseconds(_ duration: Duration) -> Int64 {
    (nanoseconds(duration) + 500_000) / 1_000_000
  }

  /// `value / unit` with one decimal.
  private static func tenths(_ value: Int64, of unit: Int64) -> String {
    let tenths = (value * 10 + unit / 2) / unit
    return "\(tenths / 10).\(tenths % 10)"
  }
}
