// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One line of a file with carets under a span, cut to a width that fits a terminal. Knows how wide
// characters are shown; knows nothing of what is wrong with them.

/// A line of a file, ready to be shown, and where the carets go.
struct Excerpt {
  /// The number of the line.
  let number: Int
  /// The line, tabs as spaces, control characters replaced, long ends left out.
  let text: String
  /// The columns before the first caret.
  let indent: Int
  /// The number of carets, at least 1.
  let carets: Int

  /// The widest line that is shown whole, in terminal columns.
  static let maximumWidth = 96
  /// How many columns before the span are kept when a long line is cut.
  private static let lead = 32
  private static let tabWidth = 4

  /// Cuts the line at `location` out of its file; nil when it is not there.
  init?(_ location: SourceLocation, length: Int, in map: SourceMap) {
    guard let line = map.line(location.line, of: location.file) else { return nil }
    // Columns count scalars, carets count terminal cells: walk the scalars, keep cells.
    var cells: [(text: String, width: Int)] = []
    var first: Int?
    var last = 0
    var column = 1
    var position = 0
    for character in line {
      let scalars = character.unicodeScalars.count
      let shown = Self.shown(character, at: position)
      if first == nil, column + scalars > location.column { first = cells.count }
      if column < location.column + length { last = cells.count }
      cells.append(shown)
      position += shown.width
      column += scalars
    }
    let start = first ?? cells.count
    let end = max(start, min(last, cells.count - 1))
    var window = 0..<cells.count
    if position > Self.maximumWidth {
      window = Self.window(around: start, in: cells.map(\.width))
    }
    let before = window.lowerBound > 0 ? "…" : ""
    let after = window.upperBound < cells.count ? "…" : ""
    number = location.line
    text = before + cells[window].map(\.text).joined() + after
    let visible = max(window.lowerBound, start)
    indent = before.count + cells[window.lowerBound..<visible].reduce(0) { $0 + $1.width }
    let stop = min(end + 1, window.upperBound)
    carets = max(1, visible < stop ? cells[visible..<stop].reduce(0) { $0 + $1.width } : 1)
  }

  /// The drawing: an empty margin line, the line itself, the carets with a label.
  func lines(label: String?, margin: Int, opening: Bool) -> [String] {
    let space = String(repeating: " ", count: margin)
    let digits = String(number)
    let padded = String(repeating: " ", count: max(0, margin - digits.utf8.count)) + digits
    let marks = String(repeating: " ", count: indent) + String(repeating: "^", count: carets)
    return (opening ? ["\(space) |"] : []) + [
      text.isEmpty ? "\(padded) |" : "\(padded) | \(text)",
      "\(space) | \(marks)" + (label.map { " \($0)" } ?? ""),
    ]
  }

  /// The cells to show of a line that is too wide, with the span near the beginning.
  private static func window(around start: Int, in widths: [Int]) -> Range<Int> {
    var lower = min(start, widths.count)
    var used = 0
    while lower > 0, used + widths[lower - 1] <= lead {
      lower -= 1
      used += widths[lower]
    }
    var upper = min(start, widths.count)
    while upper < widths.count, used + widths[upper] <= maximumWidth {
      used += widths[upper]
      upper += 1
    }
    while lower > 0, upper == widths.count, used + widths[lower - 1] <= maximumWidth {
      lower -= 1
      used += widths[lower]
    }
    return lower..<upper
  }

  /// How a character is shown when it begins at a terminal column, and how wide that is.
  private static func shown(_ character: Character, at position: Int) -> (text: String, width: Int)
  {
    if character == "\t" {
      let width = tabWidth - position % tabWidth
      return (String(repeating: " ", count: width), width)
    }
    guard let scalar = character.unicodeScalars.first else { return ("", 0) }
    if Printable.isUnsafe(scalar) { return ("\u{FFFD}", 1) }
    return (String(character), isWide(scalar, character) ? 2 : 1)
  }

  /// True for characters that take two columns: East Asian wide and full width, and emoji.
  ///
  /// Source: Unicode Standard Annex 11, the ranges that cover W and F without single exceptions.
  private static func isWide(_ scalar: Unicode.Scalar, _ character: Character) -> Bool {
    if scalar.properties.isEmojiPresentation { return true }
    if character.unicodeScalars.contains("\u{FE0F}") { return true }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1B000...0x1B2FF, 0x20000...0x3FFFD:
      return true
    default: return false
    }
  }
}
