// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A number of hosts, as such or as a share of all. Pure arithmetic.

/// How many hosts of a fleet.
package enum HostShare: Sendable, Hashable {
  /// That many; at least 1.
  case count(Int)
  /// That many of a hundred; 1 to 100.
  case percent(Int)

  /// Reads `2` or `25%`; nil for anything else.
  package init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), number > 0 else { return nil }
    switch text.dropFirst(digits.count) {
    case "": self = .count(number)
    case "%" where number <= 100: self = .percent(number)
    default: return nil
    }
  }

  /// How many of `total` hosts it is: shares are rounded down, never below one host.
  package func of(_ total: Int) -> Int {
    switch self {
    case .count(let number): min(number, total)
    case .percent(let share):
      // Split so that no fleet is too large to be multiplied.
      min(total, max(1, total / 100 * share + total % 100 * share / 100))
    }
  }
}
