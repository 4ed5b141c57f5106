// SPDX-License-Identifier: AGPL-3.0-or-later
// Turns the places that libyaml reports, which count characters, into marks with byte offsets.
// It does not know what stands at a place.

import CLibYAML

/// Finds the byte offset of a character by its number.
///
/// In a pure ASCII text the two are the same. Otherwise it walks from the place it found last,
/// which is near, since events come in the order of the text.
struct MarkFinder {
  private let bytes: UnsafeRawBufferPointer
  private let skipped: Int
  private let isASCII: Bool
  private var lastIndex = 0
  private var lastOffset = 0

  /// A finder for the bytes given to libyaml, of which some were skipped at the front of the file.
  init(_ bytes: UnsafeRawBufferPointer, skipped: Int) {
    self.bytes = bytes
    self.skipped = skipped
    isASCII = MarkFinder.isASCII(bytes)
  }

  /// The mark of a place in libyaml's count.
  mutating func mark(_ place: yaml_mark_t) -> Mark {
    let offset = isASCII ? Int(place.index) : offset(of: Int(place.index))
    return Mark(line: Int(place.line) + 1, column: Int(place.column) + 1, offset: offset + skipped)
  }

  /// The mark of a byte, counted from the front of the text; takes time up to there.
  func mark(atByte target: Int) -> Mark {
    var line = 1
    var column = 1
    var offset = 0
    let end = min(target, bytes.count)
    while offset < end {
      let byte = bytes[offset]
      offset += 1
      let isReturnOfPair =
        byte == UInt8(ascii: "\r") && offset < bytes.count && bytes[offset] == UInt8(ascii: "\n")
      if byte == UInt8(ascii: "\n") || (byte == UInt8(ascii: "\r") && !isReturnOfPair) {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return Mark(line: line, column: column, offset: end + skipped)
  }

  /// The byte at a mark, if the mark is not at the end of the text.
  func byte(at mark: Mark) -> UInt8? {
    let offset = mark.offset - skipped
    return bytes.indices.contains(offset) ? bytes[offset] : nil
  }

  private mutating func offset(of index: Int) -> Int {
    while lastIndex < index && lastOffset < bytes.count {
      lastOffset += 1
      while lastOffset < bytes.count && bytes[lastOffset] & 0xC0 == 0x80 { lastOffset += 1 }
      lastIndex += 1
    }
    while lastIndex > index && lastOffset > 0 {
      lastOffset -= 1
      while lastOffset > 0 && bytes[lastOffset] & 0xC0 == 0x80 { lastOffset -= 1 }
      lastIndex -= 1
    }
    return lastOffset
  }

  private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var union: UInt64 = 0
    var offset = 0
    while offset + 8 <= bytes.count {
      union |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      offset += 8
    }
    while offset < bytes.count {
      union |= UInt64(bytes[offset])
      offset += 1
    }
    return union & 0x8080_8080_8080_8080 == 0
  }
}
