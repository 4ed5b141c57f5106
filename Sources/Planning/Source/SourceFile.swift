// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The bytes of a file a person wrote, with the path shown for it. Knows where lines end; does not
// read from disk and does not parse.

/// The text of one file, as bytes, under the path that messages show for it.
package struct SourceFile: Sendable {
  /// The path as it is shown to people.
  package let path: String
  /// The content, unchanged.
  package let bytes: [UInt8]
  /// True when the text may hold secrets: its lines are never shown.
  package let isConfidential: Bool

  /// Makes a file from its shown path and its bytes.
  package init(path: String, bytes: [UInt8], isConfidential: Bool = false) {
    self.path = path
    self.bytes = bytes
    self.isConfidential = isConfidential
  }

  /// Makes a file from its shown path and its text.
  package init(path: String, text: String, isConfidential: Bool = false) {
    self.init(path: path, bytes: Array(text.utf8), isConfidential: isConfidential)
  }

  /// The offset of the first byte of every line; the first is after a byte order mark.
  package func lineStarts() -> [Int] {
    var starts = [bytes.starts(with: Self.byteOrderMark) ? 3 : 0]
    var index = starts[0]
    while index < bytes.count {
      let length = Self.lineBreakLength(in: bytes, at: index)
      index += max(length, 1)
      if length > 0 { starts.append(index) }
    }
    return starts
  }

  /// How many bytes the line break at `index` has; 0 when there is none.
  ///
  /// Counts what YAML counts: CR LF, LF, CR, NEL, LS and PS, so that line numbers agree with it.
  package static func lineBreakLength(in bytes: [UInt8], at index: Int) -> Int {
    switch bytes[index] {
    case 0x0A: return 1
    case 0x0D: return index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
    case 0xC2: return index + 1 < bytes.count && bytes[index + 1] == 0x85 ? 2 : 0
    case 0xE2:
      guard index + 2 < bytes.count, bytes[index + 1] == 0x80 else { return 0 }
      return bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9 ? 3 : 0
    default: return 0
    }
  }

  /// The UTF-8 byte order mark, which is no part of the text.
  package static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
