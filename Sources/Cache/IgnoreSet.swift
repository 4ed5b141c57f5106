// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads the brackets of a `.dockerignore` line. They differ from those of a `Glob`: only `^` negates,
// and a negated set takes `/` too.

/// Reads sets of characters as Docker does.
enum IgnoreSet {
  /// Reads from after `[` to after `]`.
  static func parse(
    _ bytes: [UInt8], _ position: inout Int, _ line: String
  ) throws(GlobError) -> PatternProgram.CharacterRanges {
    var set = PatternProgram.CharacterRanges()
    if position < bytes.count, bytes[position] == UInt8(ascii: "^") {
      set.isNegated = true
      set.takesSlash = true
      position += 1
    }
    while true {
      guard position < bytes.count else { throw GlobError(.badSet, line) }
      if bytes[position] == UInt8(ascii: "]"), !set.ranges.isEmpty {
        position += 1
        return set
      }
      let low = try character(bytes, &position, line)
      var high = low
      if position < bytes.count, bytes[position] == UInt8(ascii: "-") {
        position += 1
        high = try character(bytes, &position, line)
      }
      guard low <= high else { throw GlobError(.badSet, line) }
      set.ranges.append(low...high)
    }
  }

  private static func character(
    _ bytes: [UInt8], _ position: inout Int, _ line: String
  ) throws(GlobError) -> UInt32 {
    guard position < bytes.count else { throw GlobError(.badSet, line) }
    switch bytes[position] {
    case UInt8(ascii: "\\"):
      position += 1
      guard position < bytes.count, !isLetterOrDigit(bytes[position]) else {
        throw GlobError(.badEscape, line)
      }
    case UInt8(ascii: "-"), UInt8(ascii: "]"), UInt8(ascii: "*"), UInt8(ascii: "?"),
      UInt8(ascii: "["):
      // What Docker's library makes of these is either an error or not what was meant.
      throw GlobError(.badSet, line)
    default: break
    }
    let start = position
    let (value, length) = bytes.withUnsafeBufferPointer { PatternProgram.scalar($0, start) }
    position += length
    return value
  }

  /// Whether a backslash before `byte` has a meaning of its own in a regular expression.
  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
