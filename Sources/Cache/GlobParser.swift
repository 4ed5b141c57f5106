// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads one pattern of a list: braces, brackets, stars, quoting. Gives what `Glob` matches with; it
// knows no other pattern and no files.

/// Reads patterns.
enum GlobParser {
  /// A pattern without braces.
  enum Parsed {
    /// A path; below only where it ended in `/`.
    case literal(String, belowOnly: Bool)
    case wildcard(components: [Component], program: PatternProgram, prefix: String)
  }

  /// What stands between two slashes.
  enum Component: Sendable, Hashable {
    /// `**`: any number of directories.
    case anyDepth
    case one(PatternProgram)
  }

  private static let alternativesLimit = 1000

  /// Reads one pattern, which may stand for several.
  static func parse(_ pattern: String, original: String) throws(GlobError) -> [Parsed] {
    var parsed: [Parsed] = []
    for alternative in try expandBraces(Array(pattern.utf8), original) {
      parsed.append(try parseOne(alternative, original))
    }
    return parsed
  }

  /// Writes `a{b,c}` out as `ab` and `ac`, innermost last.
  private static func expandBraces(
    _ pattern: [UInt8], _ original: String
  ) throws(GlobError) -> [[UInt8]] {
    var done: [[UInt8]] = []
    var pending = [pattern]
    while let next = pending.popLast() {
      guard let (open, commas, close) = try firstBrace(next, original) else {
        done.append(next)
        continue
      }
      var start = open + 1
      var alternatives: [[UInt8]] = []
      for end in commas + [close] {
        var alternative = Array(next[..<open])
        alternative.append(contentsOf: next[start..<end])
        alternative.append(contentsOf: next[(close + 1)...])
        alternatives.append(alternative)
        start = end + 1
      }
      pending.append(contentsOf: alternatives.reversed())
      guard done.count + pending.count <= alternativesLimit else {
        throw GlobError(.tooManyAlternatives, original)
      }
    }
    return done
  }

  private static func firstBrace(
    _ pattern: [UInt8], _ original: String
  ) throws(GlobError) -> (open: Int, commas: [Int], close: Int)? {
    var open: Int?
    var commas: [Int] = []
    var depth = 0
    var position = 0
    var inSet = false
    while position < pattern.count {
      switch pattern[position] {
      case UInt8(ascii: "\\"): position += 1
      case UInt8(ascii: "["): inSet = true
      case UInt8(ascii: "]"): inSet = false
      case UInt8(ascii: "{") where !inSet:
        depth += 1
        if depth == 1 { open = position }
      case UInt8(ascii: ",") where !inSet && depth == 1: commas.append(position)
      case UInt8(ascii: "}") where !inSet && depth > 0:
        depth -= 1
        if depth == 0, let open { return (open, commas, position) }
      default: break
      }
      position += 1
    }
    guard open == nil else { throw GlobError(.unclosedBrace, original) }
    return nil
  }

  private static func parseOne(_ pattern: [UInt8], _ original: String) throws(GlobError) -> Parsed {
    guard !pattern.isEmpty else { throw GlobError(.empty, original) }
    guard pattern.first != UInt8(ascii: "/") else { throw GlobError(.escapes, original) }
    var components: [Component] = []
    // Plain components before the first wildcard; all of them where there is none.
    var plain: [String] = []
    var isPlain = true
    for part in pattern.split(separator: UInt8(ascii: "/")) {
      if part.elementsEqual(".".utf8) { continue }
      guard !part.elementsEqual("..".utf8) else { throw GlobError(.escapes, original) }
      if part.elementsEqual("**".utf8) {
        isPlain = false
        if components.last != .anyDepth { components.append(.anyDepth) }
        continue
      }
      let (program, text) = try parseComponent(part, original)
      if let text, isPlain { plain.append(text) } else { isPlain = false }
      components.append(.one(program))
    }
    let belowOnly = pattern.last == UInt8(ascii: "/")
    if isPlain { return .literal(plain.joined(separator: "/"), belowOnly: belowOnly) }
    if belowOnly, components.last != .anyDepth { components.append(.anyDepth) }
    return .wildcard(
      components: components, program: join(components), prefix: plain.joined(separator: "/"))
  }

  private static func join(_ components: [Component]) -> PatternProgram {
    var program = PatternProgram()
    for (position, component) in components.enumerated() {
      let isLast = position + 1 == components.count
      switch component {
      case .anyDepth: program.append(isLast ? .path : .directories)
      case .one(let part):
        for token in part.tokens {
          if case .set(let set) = token {
            program.append(part.sets[set])
          } else {
            program.append(token)
          }
        }
        if !isLast { program.append(.byte(UInt8(ascii: "/"))) }
      }
    }
    return program
  }

  /// The second value is the text of a component without wildcards.
  private static func parseComponent(
    _ part: ArraySlice<UInt8>, _ original: String
  ) throws(GlobError) -> (PatternProgram, String?) {
    var program = PatternProgram()
    var text: [UInt8] = []
    var isPlain = true
    var position = part.startIndex
    while position < part.endIndex {
      let byte = part[position]
      position += 1
      switch byte {
      case UInt8(ascii: "*"):
        if program.tokens.last != .run { program.append(.run) }
        isPlain = false
      case UInt8(ascii: "?"):
        program.append(.character)
        isPlain = false
      case UInt8(ascii: "["):
        program.append(try parseSet(part, &position, original))
        isPlain = false
      case UInt8(ascii: "\\"):
        guard position < part.endIndex else { throw GlobError(.badEscape, original) }
        program.append(.byte(part[position]))
        text.append(part[position])
        position += 1
      default:
        program.append(.byte(byte))
        text.append(byte)
      }
    }
    return (program, isPlain ? String(decoding: text, as: UTF8.self) : nil)
  }

  private static func parseSet(
    _ part: ArraySlice<UInt8>, _ position: inout Int, _ original: String
  ) throws(GlobError) -> PatternProgram.CharacterRanges {
    var scalars: [(value: UInt32, isQuoted: Bool)] = []
    var set = PatternProgram.CharacterRanges()
    if position < part.endIndex,
      part[position] == UInt8(ascii: "!") || part[position] == UInt8(ascii: "^")
    {
      set.isNegated = true
      position += 1
    }
    var isClosed = false
    while position < part.endIndex {
      var isQuoted = false
      if part[position] == UInt8(ascii: "]"), !scalars.isEmpty {
        isClosed = true
        position += 1
        break
      }
      if part[position] == UInt8(ascii: "\\"), position + 1 < part.endIndex {
        isQuoted = true
        position += 1
      }
      let offset = position
      let (value, length) = part.withUnsafeBufferPointer {
        PatternProgram.scalar($0, offset - part.startIndex)
      }
      scalars.append((value, isQuoted))
      position += length
    }
    guard isClosed else { throw GlobError(.badSet, original) }
    var index = 0
    while index < scalars.count {
      let low = scalars[index].value
      if index + 2 < scalars.count, scalars[index + 1].value == 0x2D,
        !scalars[index + 1].isQuoted
      {
        let high = scalars[index + 2].value
        guard low <= high else { throw GlobError(.badSet, original) }
        set.ranges.append(low...high)
        index += 3
      } else {
        set.ranges.append(low...low)
        index += 1
      }
    }
    return set
  }
}
