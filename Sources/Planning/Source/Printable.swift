// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Makes text from a file safe to show on one line of a terminal. Knows no diagnostics.

/// Text from a file in a form that cannot move the cursor or break a line.
enum Printable {
  /// The text with control characters as `\n`, `\t` or `\u{1B}`, and its middle left out when it
  /// is longer than 120 characters.
  static func line(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy { !isUnsafe($0) }
    if plain && text.utf8.count <= 120 { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isUnsafe(scalar):
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    guard result.count > 120 else { return result }
    return "\(result.prefix(80))…\(result.suffix(30))"
  }

  /// True for controls, for line and paragraph separators and for marks that turn the writing
  /// direction, which can make a line look like another one.
  static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069,
      0xFEFF:
      true
    default: false
    }
  }
}
