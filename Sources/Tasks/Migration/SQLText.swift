// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Names and texts as SQL writes them. The one place that quotes for SQL.

import Cache

/// Quotes for SQL.
enum SQLText {
  /// A text as a literal; right with any setting of `standard_conforming_strings`.
  static func literal(_ text: String) -> String {
    let quoted = text.replacing("'", with: "''")
    guard quoted.utf8.contains(0x5C) else { return "'\(quoted)'" }
    return "E'\(quoted.replacing("\\", with: "\\\\"))'"
  }

  /// A table's name, the schema before a dot as a name of its own.
  static func name(_ text: String) -> String {
    text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      .map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ".")
  }

  /// The first eight bytes of the text's digest.
  static func digest(_ text: String) -> UInt64 { Digest.of(text).words.0 }
}
