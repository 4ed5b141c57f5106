// SPDX-License-Identifier: AGPL-3.0-or-later
// Random values that are hard to write: texts made of what YAML gives a meaning.

import YAML

/// Makes values from a seed, by the SplitMix64 generator of Steele, Lea and Flood (2014).
struct ValueGenerator: RandomNumberGenerator {
  /// Parts of difficult texts.
  static let pieces = [
    " ", "  ", "\t", "\n", "\n\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\0",
    "\u{1B}", "\u{7F}", "\u{A0}", "\u{FFFE}", "\u{FFFF}", "\u{1FFFE}", "😀", "é", "e\u{301}",
    "\u{301}",
    "'", "\"", "\\", "$", "$$VAR", "#", " #", ":", ": ", "-", "- ", "---", "...", "?", "? ", "!",
    "&",
    "*", "|", ">", "%", "@", "`", "[", "]", "{", "}", ",", "~", "null", "yes", "No", "true", "1",
    "0", "12:34", ".", "e5", "0x1F", "0o7", "_", "+", "=", "<<", "2020-01-01", "abc", "word word",
    "line\n", "\n  indented", "\n---\n", ".inf", ".nan", "0b1",
  ]

  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A value with lists and mappings at most so deep.
  mutating func value(depth: Int) -> YAMLValue {
    switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &self) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .int(Int(truncatingIfNeeded: next()) >> Int.random(in: 0..<64, using: &self))
    case 3: return .double(Double(bitPattern: next()))
    case 4...7: return .string(text())
    case 8, 9:
      let count = Int.random(in: 0..<4, using: &self)
      return .sequence((0..<count).map { _ in value(depth: depth - 1) })
    default:
      var entries: [(key: String, value: YAMLValue)] = []
      for _ in 0..<Int.random(in: 0..<12, using: &self) {
        let key = text()
        guard !entries.contains(where: { $0.key.utf8.elementsEqual(key.utf8) }) else { continue }
        entries.append((key, value(depth: depth - 1)))
      }
      return .mapping(entries)
    }
  }

  private mutating func text() -> String {
    (0..<Int.random(in: 0..<7, using: &self)).map { _ in
      Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &self)]
    }.joined()
  }
}
