// SPDX-License-Identifier: AGPL-3.0-or-later
// A place in a YAML file, for messages that point at it. It does not know the file's name.

/// A place in a YAML text, as an editor counts it.
///
/// Kept in 12 bytes, because every node holds two; hence no file above 4 GiB.
package struct Mark: Hashable, Sendable {
  private let lineNumber: UInt32
  private let columnNumber: UInt32
  private let byteOffset: UInt32

  /// The line, from 1.
  ///
  /// A line ends with `\n`, `\r\n` or `\r`, or with one of U+0085, U+2028 and U+2029.
  package var line: Int { Int(lineNumber) }

  /// The column, from 1, in Unicode scalars; a tab is one.
  package var column: Int { Int(columnNumber) }

  /// The distance in bytes from the start of the file, a byte order mark included.
  package var offset: Int { Int(byteOffset) }

  /// The start of a file.
  package static let start = Mark(line: 1, column: 1, offset: 0)

  /// A place by its numbers; what does not fit into 32 bits is cut to the largest.
  package init(line: Int, column: Int, offset: Int) {
    lineNumber = UInt32(clamping: line)
    columnNumber = UInt32(clamping: column)
    byteOffset = UInt32(clamping: offset)
  }
}

extension Mark: Comparable {
  /// Whether the one place stands before the other in the same file.
  package static func < (left: Mark, right: Mark) -> Bool {
    left.byteOffset < right.byteOffset
  }
}

extension Mark: CustomStringConvertible {
  /// `line:column`.
  package var description: String { "\(line):\(column)" }
}
