// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The few forms that the pages of the reference are made of. Knows nothing of what they say.

/// Pieces of a page.
enum Markdown {
  /// The title, where the page comes from, and its first sentence.
  static func head(_ title: String, _ words: String) -> String {
    """
    # \(title)

    <!-- Written by `make docs` from the program; changes belong into the sources. -->

    \(words)


    """
  }

  /// A table; a bar in a cell does not end it.
  static func table(_ head: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
    return line(head) + "|" + head.map { _ in "---|" }.joined() + "\n" + rows.map(line).joined()
  }

  /// A sentence as the cell of a table: lower case, no full stop.
  static func sentence(_ text: String?) -> String {
    guard var text, let first = text.first else { return "" }
    // A word in capitals stays one.
    if text.dropFirst().first?.isUppercase != true {
      text = first.lowercased() + text.dropFirst()
    }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// A clause as a sentence: a capital first, a full stop last.
  static func capital(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }

  /// Command lines, each with what was said beside it as a comment of the shell.
  static func commented(_ lines: [String]) -> [String] {
    lines.map { line in
      guard let gap = line.firstRange(of: "  ") else { return line }
      let words = line[gap.lowerBound...].drop { $0 == " " }
      if words.isEmpty || words.hasPrefix("#") { return line }
      let space = line[gap.lowerBound..<words.startIndex]
      return line[..<gap.lowerBound] + space + "# " + words
    }
  }

  /// A long usage in lines of 90 characters, broken between its parts.
  static func wrapped(_ text: String) -> String {
    var lines = [""]
    for part in text.replacing("] [", with: "]\n[").split(separator: "\n") {
      if lines[lines.count - 1].count + part.count > 84, !lines[lines.count - 1].isEmpty {
        lines.append("")
      }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + part
    }
    return lines.joined(separator: "\n    ")
  }
}
