// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a script of ours answers on standard output: lines of a word and its value. Knows no script.

/// The answer of a script.
struct ScriptAnswer: Sendable {
  private let lines: [(key: String, value: String)]

  /// Splits each line of `text` at its first space.
  init(_ text: String) {
    lines = text.split(whereSeparator: \.isNewline).map { line in
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
  }

  /// The value of the first line with this word.
  subscript(key: String) -> String? { lines.first { $0.key == key }?.value }

  /// The values of all lines with this word.
  func all(_ key: String) -> [String] { lines.filter { $0.key == key }.map(\.value) }
}
