// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says a number of bytes in the few characters that a person needs. Knows nothing else.

/// Puts sizes into words.
enum SizeFormat {
  /// `17 B`, `1.2 kB`, `340 MB`, `10 GB`: powers of 1000.
  static func text(_ bytes: Int64) -> String {
    if bytes < 1000 { return "\(bytes) B" }
    var unit: Int64 = 1000
    for name in ["kB", "MB", "GB"] {
      let tenths = (bytes * 10 + unit / 2) / unit
      if tenths < 100 { return "\(tenths / 10).\(tenths % 10) \(name)" }
      let whole = (bytes + unit / 2) / unit
      if whole < 1000 || name == "GB" { return "\(whole) \(name)" }
      unit *= 1000
    }
    return "\(bytes) B"
  }
}
