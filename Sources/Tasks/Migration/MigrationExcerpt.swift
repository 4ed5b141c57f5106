// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A place in a migration and the line that stands there, as the lines of an error. A pure function of
// the file.

package import TaskGraph

/// A place in a migration.
package struct MigrationExcerpt: Sendable {
  private static let widest = 96

  /// From the project's root.
  package let path: String
  /// From 1.
  package let line: Int
  /// In Unicode scalars, from 1.
  package let column: Int
  private let text: String
  private let length: Int

  /// The place of a byte of `file`; `length` scalars are marked.
  package init(of file: MigrationFile, at offset: Int, length: Int = 1) {
    let offset = min(max(0, offset), file.bytes.count)
    let before = file.bytes[..<offset]
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let number = before.count { $0 == 0x0A } + 1
    let column = String(decoding: file.bytes[start..<offset], as: UTF8.self).unicodeScalars.count
    self.init(of: file, line: number, column: column + 1, length: length)
  }

  /// The place of a line and a column; a line behind the last is shown empty.
  package init(of file: MigrationFile, line: Int, column: Int, length: Int = 1) {
    path = file.path
    self.line = line
    self.column = column
    self.length = max(1, length)
    text = Self.lines(of: file).dropFirst(line - 1).first ?? ""
  }

  /// The lines of a migration, as psql counts them.
  static func lines(of file: MigrationFile) -> [String] {
    file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
    }
  }

  /// An error at this place.
  package func error(_ code: TaskError.Code, _ message: String, hint: String?) -> TaskError {
    TaskError(code, message, hint: hint, logTail: lines)
  }

  /// `path:line:column`, the line, and carets below what is meant.
  package var lines: [String] {
    let number = String(line)
    let margin = String(repeating: " ", count: number.utf8.count)
    var scalars = Array(text.unicodeScalars.map { $0 == "\t" ? " " : $0 })
    var indent = column - 1
    // Of a long line, the part around the place.
    if scalars.count > Self.widest {
      let first = max(0, min(indent - Self.widest / 3, scalars.count - Self.widest))
      scalars = Array(scalars[first..<min(scalars.count, first + Self.widest)])
      indent -= first
    }
    var shown = ""
    shown.unicodeScalars.append(contentsOf: scalars)
    let marks = min(length, max(1, scalars.count - indent))
    return [
      "\(path):\(line):\(column)",
      "\(margin) |",
      "\(number) | \(shown)",
      "\(margin) | " + String(repeating: " ", count: max(0, indent))
        + String(repeating: "^", count: marks),
    ]
  }
}
