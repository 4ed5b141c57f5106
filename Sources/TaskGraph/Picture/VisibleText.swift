// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Makes text that others wrote fit to be shown: what would steer a terminal goes, what cannot be seen
// or turns the direction of the rest becomes its number. Knows no format.

/// Text with nothing hidden in it.
package enum VisibleText {
  /// One line: line breaks and tabs are a space too.
  package static func line(_ text: String) -> String { shown(text, keepsLines: false) }

  /// Text of many lines, such as a log.
  package static func lines(_ text: String) -> String { shown(text, keepsLines: true) }

  private static func shown(_ text: String, keepsLines: Bool) -> String {
    // Almost every text is plain; that is told by its bytes.
    let isPlain = text.utf8.allSatisfy {
      $0 >= 0x20 && $0 != 0x7F && $0 < 0xC2 || keepsLines && $0 == 0x0A
    }
    if isPlain { return text }
    var kept = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar.value {
      case 0x1B: skipSequence(&scalars)
      case 0x0A: kept.append(keepsLines ? scalar : " ")
      case 0x09: kept.append(" ")
      case 0x0D:
        // Alone it ends a line; before a line break it is part of that.
        if let next = scalars.first, next != "\n" { kept.append(keepsLines ? "\n" : " ") }
      case 0x00..<0x20, 0x7F..<0xA0, 0xAD, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E,
        0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        kept.append(contentsOf: "‹U+\(zeros)\(digits)›".unicodeScalars)
      default: kept.append(scalar)
      }
    }
    return String(kept)
  }

  /// Skips the rest of an escape sequence: CSI up to its final byte, OSC up to its terminator, else
  /// one character.
  package static func skipSequence(_ scalars: inout Substring.UnicodeScalarView) {
    switch scalars.popFirst() {
    case "[":
      while let scalar = scalars.popFirst() {
        if (0x40...0x7E).contains(scalar.value) { return }
      }
    case "]":
      while let scalar = scalars.popFirst() {
        if scalar.value == 0x07 { return }
        if scalar.value == 0x1B {
          _ = scalars.popFirst()
          return
        }
      }
    default: return
    }
  }
}
