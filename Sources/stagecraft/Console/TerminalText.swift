// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Measures and cuts text the way terminals show it, and removes what would steer a terminal. Pure
// functions of text.

import TaskGraph

/// Text as cells of a terminal.
enum TerminalText {
  /// The text without escape sequences and control characters; a carriage return starts the line
  /// anew, a tab is a space.
  static func sanitized(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 }
    if isPlain { return text }
    var kept = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar.value {
      case 0x1B: VisibleText.skipSequence(&scalars)
      case 0x0D where !scalars.isEmpty: kept.removeAll()
      case 0x09: kept.append(" ")
      case 0x00..<0x20, 0x7F, 0x80..<0xA0: break
      default: kept.append(scalar)
      }
    }
    return String(kept)
  }

  /// How many cells a text takes.
  static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + width($1) }
  }

  /// How many cells a character takes: none, one or two.
  static func width(_ character: Character) -> Int {
    if character.isASCII { return 1 }
    return character.unicodeScalars.reduce(0) { max($0, width($1)) }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
      0x20000...0x3FFFD:
      return 2
    default:
      return scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }

  /// The text cut to `columns` cells, with `…` where something is missing.
  static func truncated(_ text: String, to columns: Int) -> String {
    guard columns > 0 else { return "" }
    if text.utf8.count <= columns || width(text) <= columns { return text }
    var cut = ""
    var used = 0
    for character in text {
      let cells = width(character)
      if used + cells > columns - 1 { break }
      cut.append(character)
      used += cells
    }
    return cut + "…"
  }
}
