// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads lengths of time and numbers of bytes as people write them. Pure functions from text.

/// Readers of texts that are a number with a unit.
enum Quantity {
  /// A length of time such as `90s`, `5m`, `1h30m` or `500ms`; nil when it is none, is zero, or is more
  /// than a year.
  ///
  /// Units go from large to small, each at most once; a number without a unit is refused, since
  /// files elsewhere in the field disagree on what it means.
  static func duration(_ text: String) -> Duration? {
    var rest = Substring(text)
    var milliseconds: Int64 = 0
    var smallest = Int64.max
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let number = Int64(digits), let factor = durationUnits[String(unit)],
        factor < smallest
      else { return nil }
      smallest = factor
      let (product, overflow) = number.multipliedReportingOverflow(by: factor)
      let (sum, overflowOfSum) = milliseconds.addingReportingOverflow(product)
      if overflow || overflowOfSum { return nil }
      milliseconds = sum
    }
    return (1...year).contains(milliseconds) ? .milliseconds(milliseconds) : nil
  }

  /// A number of bytes such as `500MB` (powers of 1000) or `2GiB` (powers of 1024); nil when it is
  /// none or is zero.
  static func size(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Int(digits), number > 0, let factor = sizeUnits[String(unit)] else {
      return nil
    }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
  }

  private static let year: Int64 = 366 * 24 * 3_600_000
  private static let durationUnits: [String: Int64] = [
    "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1,
  ]

  private static let sizeUnits: [String: Int] = [
    "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000,
    "TB": 1_000_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
  ]
}
