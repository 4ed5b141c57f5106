// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A place in a file that a person wrote. Knows nothing of what stands there or how it is shown.

/// A place in a text: the file as it is shown to people, a line and a column.
///
/// Lines and columns count from 1; columns count Unicode scalars, as YAML marks do.
package struct SourceLocation: Sendable, Hashable {
  /// The path as it is shown; also the name under which a renderer finds the text.
  package let file: String
  /// The line, from 1.
  package let line: Int
  /// The column in Unicode scalars, from 1.
  package let column: Int

  /// Makes a place from a file, a line and a column.
  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

extension SourceLocation: CustomStringConvertible {
  /// The form that editors and terminals make clickable: `file:line:column`.
  package var description: String { "\(file):\(line):\(column)" }
}
