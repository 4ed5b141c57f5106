// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whether two patterns can match one and the same path. Works on the patterns' text alone and says
// yes when in doubt; matching files is the job of Cache's Glob.

/// A pattern taken apart, so that it can be compared with others.
///
/// A pattern without wildcards stands for itself and for everything below it, as a task that writes
/// `dist` writes all of it; but below it only for patterns that name it. Otherwise `**/*.ts` would
/// meet the file `app.js`, which could be a folder.
struct PatternOverlap: Sendable {
  /// What one place of a path component can be.
  private enum Token: Sendable {
    case one(Unicode.Scalar)
    case anyOne
    case anyRun
    case set([ClosedRange<Unicode.Scalar>], negated: Bool)
  }

  private enum Component: Sendable {
    case anyDepth
    case tokens([Token])
  }

  private struct Alternative: Sendable {
    var components: [Component] = []
    var isLiteral = true
    /// How many leading components have no wildcard.
    var leading = 0
  }

  /// Beyond this number of `{a,b}` combinations a pattern counts as matching everything.
  private static let maximumAlternatives = 256

  private let alternatives: [Alternative]

  /// Takes a pattern apart.
  init(_ pattern: String) {
    if let texts = Self.expanded(pattern) {
      alternatives = texts.map(Self.alternative)
    } else {
      alternatives = [Alternative(components: [.anyDepth], isLiteral: false)]
    }
  }

  /// True when some path can match both.
  func overlaps(_ other: PatternOverlap) -> Bool {
    alternatives.contains { first in
      other.alternatives.contains { Self.overlap(first, $0) }
    }
  }

  /// True when the two patterns' texts can match one path.
  static func overlap(_ first: String, _ second: String) -> Bool {
    PatternOverlap(first).overlaps(PatternOverlap(second))
  }

  /// True when `pattern` has a wildcard or an escape.
  static func isGlob(_ pattern: String) -> Bool {
    pattern.utf8.contains { RelativePath.isWildcard($0) || $0 == UInt8(ascii: "\\") }
  }

  /// How many bytes of whole leading components of `pattern` have no wildcard; without the slash.
  static func literalPrefixLength(_ pattern: String) -> Int {
    var length = 0
    var position = 0
    for byte in pattern.utf8 {
      if byte == UInt8(ascii: "/") { length = position }
      // A brace may reach over slashes: nothing from its component on is sure.
      if RelativePath.isWildcard(byte) || byte == UInt8(ascii: "\\") { return length }
      position += 1
    }
    return position
  }

  // MARK: comparing

  private static func overlap(_ first: Alternative, _ second: Alternative) -> Bool {
    // Row by row over the components: possible[column] says whether the rest of `first` from this
    // row and the rest of `second` from that column can match one path.
    let a = first.components
    let b = second.components
    var below = [Bool](repeating: false, count: b.count + 1)
    for row in stride(from: a.count, through: 0, by: -1) {
      var possible = [Bool](repeating: false, count: b.count + 1)
      for column in stride(from: b.count, through: 0, by: -1) {
        if row == a.count && column == b.count {
          possible[column] = true
        } else if row == a.count {
          possible[column] =
            (first.isLiteral && second.leading >= a.count)
            || (isAnyDepth(b[column]) && possible[column + 1])
        } else if column == b.count {
          possible[column] =
            (second.isLiteral && first.leading >= b.count)
            || (isAnyDepth(a[row]) && below[column])
        } else if isAnyDepth(a[row]) || isAnyDepth(b[column]) {
          possible[column] =
            below[column] || possible[column + 1] || below[column + 1]
        } else {
          possible[column] = below[column + 1] && overlap(a[row], b[column])
        }
      }
      below = possible
    }
    return below[0]
  }

  private static func isAnyDepth(_ component: Component) -> Bool {
    if case .anyDepth = component { true } else { false }
  }

  private static func overlap(_ first: Component, _ second: Component) -> Bool {
    guard case .tokens(let a) = first, case .tokens(let b) = second else { return true }
    var below = [Bool](repeating: false, count: b.count + 1)
    for row in stride(from: a.count, through: 0, by: -1) {
      var possible = [Bool](repeating: false, count: b.count + 1)
      for column in stride(from: b.count, through: 0, by: -1) {
        if row == a.count && column == b.count {
          possible[column] = true
        } else if row == a.count {
          possible[column] = isAnyRun(b[column]) && possible[column + 1]
        } else if column == b.count {
          possible[column] = isAnyRun(a[row]) && below[column]
        } else if isAnyRun(a[row]) || isAnyRun(b[column]) {
          possible[column] = below[column] || possible[column + 1]
        } else {
          possible[column] = below[column + 1] && meet(a[row], b[column])
        }
      }
      below = possible
    }
    return below[0]
  }

  private static func isAnyRun(_ token: Token) -> Bool {
    if case .anyRun = token { true } else { false }
  }

  private static func meet(_ first: Token, _ second: Token) -> Bool {
    switch (first, second) {
    case (.one(let a), .one(let b)): a == b
    case (.one(let a), .set(let ranges, let negated)), (.set(let ranges, let negated), .one(let a)):
      ranges.contains { $0.contains(a) } != negated
    case (.set(let a, false), .set(let b, false)):
      a.contains { range in b.contains { $0.overlaps(range) } }
    default: true
    }
  }

  // MARK: taking apart

  private static func alternative(_ text: String) -> Alternative {
    var result = Alternative()
    for part in text.split(separator: "/", omittingEmptySubsequences: true) {
      if part == "**" {
        result.components.append(.anyDepth)
        result.isLiteral = false
        continue
      }
      let tokens = tokens(of: Array(part.unicodeScalars))
      result.components.append(.tokens(tokens))
      for token in tokens {
        if case .one = token { continue }
        result.isLiteral = false
      }
      if result.isLiteral { result.leading = result.components.count }
    }
    return result
  }

  private static func tokens(of scalars: [Unicode.Scalar]) -> [Token] {
    var tokens: [Token] = []
    var index = 0
    while index < scalars.count {
      switch scalars[index] {
      case "*": tokens.append(.anyRun)
      case "?": tokens.append(.anyOne)
      case "\\" where index + 1 < scalars.count:
        index += 1
        tokens.append(.one(scalars[index]))
      case "[":
        guard let (set, end) = set(in: scalars, at: index) else {
          tokens.append(.one("["))
          break
        }
        tokens.append(set)
        index = end
      default: tokens.append(.one(scalars[index]))
      }
      index += 1
    }
    return tokens
  }

  /// The set that opens at `start` and the position of its closing bracket.
  private static func set(in scalars: [Unicode.Scalar], at start: Int) -> (Token, Int)? {
    var index = start + 1
    var negated = false
    if index < scalars.count, scalars[index] == "!" || scalars[index] == "^" {
      negated = true
      index += 1
    }
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    let first = index
    while index < scalars.count, scalars[index] != "]" || index == first {
      if scalars[index] == "\\", index + 1 < scalars.count { index += 1 }
      let low = scalars[index]
      if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2] != "]" {
        index += 2
        ranges.append(low <= scalars[index] ? low...scalars[index] : low...low)
      } else {
        ranges.append(low...low)
      }
      index += 1
    }
    return index < scalars.count ? (.set(ranges, negated: negated), index) : nil
  }

  /// The pattern with every `{a,b}` written out; nil when there are too many.
  private static func expanded(_ pattern: String) -> [String]? {
    guard pattern.utf8.contains(UInt8(ascii: "{")) else { return [pattern] }
    var done: [String] = []
    var pending = [Array(pattern.unicodeScalars)]
    while let next = pending.popLast() {
      guard let (open, parts, close) = firstBraces(in: next) else {
        done.append(String(String.UnicodeScalarView(next)))
        continue
      }
      for part in parts.reversed() { pending.append(next[..<open] + part + next[(close + 1)...]) }
      if done.count + pending.count > maximumAlternatives { return nil }
    }
    return done
  }

  private static func firstBraces(
    in scalars: [Unicode.Scalar]
  ) -> (open: Int, parts: [[Unicode.Scalar]], close: Int)? {
    var depth = 0
    var open = 0
    var parts: [[Unicode.Scalar]] = [[]]
    var isInSet = false
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      if scalar == "[" || scalar == "]" { isInSet = scalar == "[" }
      if scalar == "\\", index + 1 < scalars.count {
        if depth > 0 { parts[parts.count - 1] += [scalar, scalars[index + 1]] }
        index += 2
        continue
      }
      if scalar == "{", !isInSet {
        depth += 1
        if depth == 1 { open = index }
      }
      if scalar == "}", depth > 0, !isInSet {
        depth -= 1
        if depth == 0 { return (open, parts, index) }
      }
      if scalar == ",", depth == 1, !isInSet {
        parts.append([])
      } else if depth > 0 && index != open {
        parts[parts.count - 1].append(scalar)
      }
      index += 1
    }
    return nil
  }
}
