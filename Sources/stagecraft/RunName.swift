// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The names of runs: their order is the order of time.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Names runs.
enum RunName {
  /// `run-YYYYMMDD-HHMMSSmmm-xxxx` in UTC; the end is random, so that two at once differ.
  static func next() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var seconds = now.tv_sec
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func digits(_ number: Int, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let date =
      digits(Int(parts.tm_year) + 1900, 4) + digits(Int(parts.tm_mon) + 1, 2)
      + digits(Int(parts.tm_mday), 2)
    let time =
      digits(Int(parts.tm_hour), 2) + digits(Int(parts.tm_min), 2) + digits(Int(parts.tm_sec), 2)
      + digits(Int(now.tv_nsec) / 1_000_000, 3)
    let end = String(UInt32.random(in: 0..<(36 * 36 * 36 * 36)), radix: 36)
    return "run-\(date)-\(time)-" + String(repeating: "0", count: 4 - end.count) + end
  }
}
