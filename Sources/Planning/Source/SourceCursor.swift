// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Turns byte offsets of one text into lines and columns, going forward. Knows no meaning of the
// text.

/// Finds the place of a byte offset in a text that is read from front to back.
struct SourceCursor {
  private let file: SourceFile
  private var offset: Int
  private var lineStart: Int
  private var line = 1

  /// Starts at the beginning of a file, after a byte order mark.
  init(_ file: SourceFile) {
    self.file = file
    offset = file.bytes.starts(with: SourceFile.byteOrderMark) ? 3 : 0
    lineStart = offset
  }

  /// The place of `target`; cheap when places are asked for in order.
  mutating func location(of target: Int) -> SourceLocation {
    if target < lineStart { self = SourceCursor(file) }
    let bytes = file.bytes
    offset = lineStart
    while offset < min(target, bytes.count) {
      let length = SourceFile.lineBreakLength(in: bytes, at: offset)
      offset += max(1, length)
      guard length > 0, offset <= target else { continue }
      line += 1
      lineStart = offset
    }
    let scalars = bytes[lineStart..<min(target, bytes.count)].count { $0 & 0xC0 != 0x80 }
    return SourceLocation(file: file.path, line: line, column: scalars + 1)
  }

  /// The offset of the first byte that is not UTF-8; nil when all are.
  static func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var decoder = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch decoder.parseScalar(from: &iterator) {
      case .valid(let scalar): offset += scalar.count
      case .emptyInput: return nil
      case .error: return offset
      }
    }
  }
}
