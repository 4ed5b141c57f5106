// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Matches one compiled pattern against the bytes of a path. It serves `Glob` and `IgnoreRules`, which
// read different pattern languages; it knows neither of them, nor any files.

/// A pattern as a row of tokens.
struct PatternProgram: Sendable, Hashable {
  /// One step of a match.
  enum Token: Sendable, Hashable {
    /// This byte.
    case byte(UInt8)
    /// One character that is not `/`.
    case character
    /// One character of the set at this position in `sets`.
    case set(Int)
    /// Any number of characters that are not `/`.
    case run
    /// Any number of characters.
    case path
    /// Nothing, or any number of characters that end in `/`.
    case directories
  }

  /// The characters that stand in brackets.
  struct CharacterRanges: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false
    /// Whether a negated set takes `/` too.
    var takesSlash = false

    func contains(_ scalar: UInt32) -> Bool {
      if scalar == 0x2F && !takesSlash { return false }
      return ranges.contains { $0.contains(scalar) } != isNegated
    }
  }

  private(set) var tokens: [Token] = []
  private(set) var sets: [CharacterRanges] = []
  /// How many tokens stand for more than one length.
  private var choices = 0

  /// Adds a step at the end.
  mutating func append(_ token: Token) {
    switch token {
    case .run, .path, .directories: choices += 1
    case .byte, .character, .set: break
    }
    tokens.append(token)
  }

  /// Adds these bytes, one step each.
  mutating func append(literal bytes: some Sequence<UInt8>) {
    for byte in bytes { tokens.append(.byte(byte)) }
  }

  /// Adds a set of characters.
  mutating func append(_ set: CharacterRanges) {
    tokens.append(.set(sets.count))
    sets.append(set)
  }

  /// Whether all of `path` matches.
  func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
    // Most paths fail here, at the last byte of an extension.
    if case .byte(let last)? = tokens.last, path.last != last { return false }
    // With three choices or more, remembering what failed keeps the work within tokens × bytes.
    guard choices > 2 else { return matches(path, token: 0, position: 0, failed: nil) }
    let states = tokens.count * (path.count + 1)
    return withUnsafeTemporaryAllocation(of: Bool.self, capacity: states) { failed in
      failed.initialize(repeating: false)
      return matches(path, token: 0, position: 0, failed: failed)
    }
  }

  private func matches(
    _ path: UnsafeBufferPointer<UInt8>, token start: Int, position from: Int,
    failed: UnsafeMutableBufferPointer<Bool>?
  ) -> Bool {
    var position = from
    for token in start..<tokens.count {
      switch tokens[token] {
      case .byte(let byte):
        guard position < path.count, path[position] == byte else { return false }
        position += 1
      case .character:
        guard position < path.count, path[position] != 0x2F else { return false }
        position += Self.scalar(path, position).length
      case .set(let set):
        guard position < path.count else { return false }
        let (scalar, length) = Self.scalar(path, position)
        guard sets[set].contains(scalar) else { return false }
        position += length
      case .run, .path, .directories:
        let state = token * (path.count + 1) + position
        if let failed, failed[state] { return false }
        let found = choose(path, token: token, position: position, failed: failed)
        if !found { failed?[state] = true }
        return found
      }
    }
    return position == path.count
  }

  private func choose(
    _ path: UnsafeBufferPointer<UInt8>, token: Int, position: Int,
    failed: UnsafeMutableBufferPointer<Bool>?
  ) -> Bool {
    let isLast = token + 1 == tokens.count
    var position = position
    switch tokens[token] {
    case .run:
      if isLast { return !path[position...].contains(0x2F) }
      while true {
        if matches(path, token: token + 1, position: position, failed: failed) { return true }
        if position == path.count || path[position] == 0x2F { return false }
        position += 1
      }
    case .path:
      if isLast { return true }
      while position <= path.count {
        if matches(path, token: token + 1, position: position, failed: failed) { return true }
        position += 1
      }
      return false
    default:
      if matches(path, token: token + 1, position: position, failed: failed) { return true }
      while position < path.count {
        position += 1
        if path[position - 1] == 0x2F,
          matches(path, token: token + 1, position: position, failed: failed)
        {
          return true
        }
      }
      return false
    }
  }

  /// The character that starts at `position`; a byte that starts none counts as one.
  static func scalar(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: Int
  ) -> (value: UInt32, length: Int) {
    let first = bytes[position]
    let length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard length > 1, position + length <= bytes.count else { return (UInt32(first), 1) }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for byte in bytes[(position + 1)..<(position + length)] {
      guard byte & 0xC0 == 0x80 else { return (UInt32(first), 1) }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    return (value, length)
  }
}
