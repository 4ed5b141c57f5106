// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps a block of lines at the end of a terminal's text: writes what changed, in one piece, so that
// nothing flickers. Knows no run; returns what is to be written.

/// The block that is on the screen.
///
/// Tried in tmux: a window that changes its width wraps what stands in it anew, and counts cells that
/// were erased at the end of a line as part of it, so lines are erased whole; and what is cleared from
/// the first cell of the window on goes to the history, so nothing is cleared from the block's first
/// cell on.
struct LiveScreen: Sendable {
  static let hideCursor = "\u{1B}[?25l"
  static let showCursor = "\u{1B}[?25h"
  /// Between these a terminal that knows them shows nothing; others ignore them.
  private static let begin = "\u{1B}[?2026h"
  private static let commit = "\u{1B}[?2026l"
  private static let clearLine = "\u{1B}[2K"
  private static let clearBelow = "\u{1B}[J"
  /// How often a new width must be seen before something is drawn for it.
  ///
  /// While a window is dragged, the program hears of its width later than the text is wrapped.
  private static let mostUnsettled = 3

  /// The lines that are on the screen.
  private var drawn: [String] = []
  /// How wide the window was when they were drawn.
  private var columns = 0
  private var seen = 0
  private var unsettled = 0
  private var isCursorHidden = false

  /// Whether a block can be drawn for a window of this width; to be asked once a tick.
  mutating func isSettled(columns: Int) -> Bool {
    if columns != seen {
      seen = columns
      unsettled = drawn.isEmpty ? 0 : Self.mostUnsettled
    }
    if unsettled > 0 { unsettled -= 1 }
    return unsettled == 0
  }

  /// What brings `block` to the screen and `kept`, whole lines that stay, above it.
  mutating func frame(_ block: [String], above kept: String, columns: Int) -> String {
    if block.isEmpty, drawn.isEmpty { return kept }
    if block == drawn, columns == self.columns, kept.isEmpty { return "" }
    var frame = Self.begin
    if !isCursorHidden {
      frame += Self.hideCursor
      isCursorHidden = true
    }
    frame += top(columns: columns)
    if kept.isEmpty, columns == self.columns {
      frame += changes(to: block)
    } else {
      frame += Self.anew(Self.lines(of: kept) + block)
    }
    // What was typed meanwhile, such as `^C`, stands behind the block.
    frame += Self.clearBelow + Self.commit
    drawn = block
    self.columns = columns
    return frame
  }

  /// What takes the block away; `kept` stays in its place.
  mutating func end(above kept: String, columns: Int) -> String {
    if drawn.isEmpty, !isCursorHidden { return kept }
    var frame = Self.begin + top(columns: columns) + Self.anew(Self.lines(of: kept))
    if isCursorHidden { frame += Self.showCursor }
    drawn = []
    isCursorHidden = false
    return frame + Self.commit
  }

  /// The lines that differ, written over those that are there.
  private func changes(to block: [String]) -> String {
    if block.isEmpty { return Self.anew([]) }
    return block.enumerated().map { row, line in
      guard row < drawn.count else { return line + "\n" }
      if drawn[row] == line { return "\n" }
      let isShorter = Self.width(line) < Self.width(drawn[row])
      return (isShorter ? Self.clearLine : "") + line + "\n"
    }.joined()
  }

  /// These lines in place of everything from here on.
  private static func anew(_ lines: [String]) -> String {
    guard let first = lines.first else { return clearLine + "\u{1B}[B" + clearBelow + "\u{1B}[A" }
    return clearLine + first + "\n" + clearBelow
      + lines.dropFirst().map { $0 + "\n" }.joined()
  }

  private static func lines(of kept: String) -> [String] {
    kept.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// Goes to the first cell of the block.
  private func top(columns: Int) -> String {
    // A window that became narrower has wrapped the lines that are on it.
    let rows = drawn.reduce(0) { $0 + max(1, (Self.width($1) - 1) / max(1, columns) + 1) }
    return rows > 0 ? "\r\u{1B}[\(rows)A" : "\r"
  }

  private static func width(_ line: String) -> Int {
    TerminalText.width(TerminalText.sanitized(line))
  }
}
