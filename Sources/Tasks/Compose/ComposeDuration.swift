// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Durations as Compose writes them: `1m30s`, `500ms`, `1h0m0s`. Knows no other notation.

/// Reads durations of Compose files.
enum ComposeDuration {
  private static let units: [(name: String, seconds: Double)] = [
    ("ms", 0.001), ("us", 0.000_001), ("µs", 0.000_001), ("ns", 0.000_000_001), ("h", 3600),
    ("m", 60), ("s", 1), ("d", 86400),
  ]

  /// The duration in whole seconds, rounded up; nil where the text is none.
  static func seconds(_ text: String) -> Int? {
    var rest = Substring(text)
    guard !rest.isEmpty else { return nil }
    var sum = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
      guard let number = Double(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      if rest.isEmpty, sum == 0 { return whole(number) }
      guard let unit = units.first(where: { rest.hasPrefix($0.name) }) else { return nil }
      sum += number * unit.seconds
      rest = rest.dropFirst(unit.name.count)
    }
    return whole(sum)
  }

  private static func whole(_ seconds: Double) -> Int? {
    // A thousand years: beyond it a sum of several would overflow.
    guard seconds < 31_536_000_000 else { return nil }
    return Int(seconds.rounded(.up))
  }
}
