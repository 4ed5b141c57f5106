// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The rules of a `.dockerignore` file: what a build context leaves out. Follows moby/patternmatcher
// and the walk of tonistiigi/fsutil to the letter, quirks included; knows no files.

/// A `.dockerignore` file, compiled.
///
/// Later lines win; a rule that fits a directory holds for all below it; `!` takes back. What a line
/// means is described in spec/core/globs.md.
package struct IgnoreRules: Sendable, Hashable {
  /// What the rules said of a directory, for those below it.
  package struct Parent: Sendable, Hashable {
    /// For each rule whether it fitted; empty for the context itself.
    fileprivate var fitted: [Bool] = []

    /// The context itself.
    package init() {}
  }

  private enum Test: Sendable, Hashable {
    case exact
    case prefix([UInt8])
    case suffix([UInt8])
    case program(PatternProgram)
  }

  private struct Rule: Sendable, Hashable {
    let text: String
    let isException: Bool
    let test: Test
  }

  private var rules: [Rule] = []
  private var exceptions: [String] = []
  /// Whether an exception has wildcards, so that no directory may be passed by unread.
  private var mustReadAll = false

  /// Rules that leave nothing out.
  package init() {}

  /// Compiles the content of an ignore file.
  package init(content: [UInt8]) throws(GlobError) {
    for line in Self.lines(content) { try add(line) }
  }

  /// The patterns of the file: without comments and blanks, cleaned, without a leading `/`.
  static func lines(_ content: [UInt8]) -> [String] {
    var lines: [String] = []
    var isFirst = true
    for part in content.split(separator: 0x0A, omittingEmptySubsequences: false) {
      var bytes = part
      if isFirst, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
      isFirst = false
      if bytes.first == UInt8(ascii: "#") { continue }
      var pattern = trimmed(String(decoding: bytes, as: UTF8.self))
      if pattern.isEmpty { continue }
      let isException = pattern.utf8.first == UInt8(ascii: "!")
      if isException { pattern = trimmed(String(pattern.dropFirst())) }
      if !pattern.isEmpty {
        pattern = cleaned(pattern)
        if pattern.utf8.count > 1, pattern.utf8.first == 0x2F { pattern.removeFirst() }
      }
      lines.append(isException ? "!" + pattern : pattern)
    }
    return lines
  }

  private mutating func add(_ line: String) throws(GlobError) {
    var pattern = Self.cleaned(Self.trimmed(line))
    let isException = pattern.utf8.first == UInt8(ascii: "!")
    if isException { pattern.removeFirst() }
    guard !pattern.isEmpty else { throw GlobError(.empty, line) }
    rules.append(
      Rule(text: pattern, isException: isException, test: try Self.compile(pattern, line)))
    guard isException else { return }
    var plain = pattern[...]
    if plain.hasSuffix("/**") { plain = plain.dropLast(3) }
    if plain.hasSuffix("/*") { plain = plain.dropLast(2) }
    if plain.utf8.contains(where: { "*[]?^\\".utf8.contains($0) }) { mustReadAll = true }
    exceptions.append(String(plain) + "/")
  }

  /// Whether `path`, relative to the context, is left out; and what to say to those below it.
  package func leavesOut(_ path: String, parent: Parent) -> (Bool, Parent) {
    var path = path
    var result = Parent()
    result.fitted = [Bool](repeating: false, count: rules.count)
    var isOut = false
    path.withUTF8 { bytes in
      for (position, rule) in rules.enumerated() {
        var fits = position < parent.fitted.count && parent.fitted[position]
        if !fits {
          // A rule that could change nothing is not tried, and then does not hold for those below.
          if rule.isException != isOut { continue }
          fits = Self.fits(rule, bytes)
        }
        result.fitted[position] = fits
        if fits { isOut = !rule.isException }
      }
    }
    return (isOut, result)
  }

  /// Whether something below the left-out directory `path` may be taken back.
  package func mayTakeBack(below path: String) -> Bool {
    if exceptions.isEmpty { return false }
    if mustReadAll { return true }
    let directory = path + "/"
    return exceptions.contains { $0.hasPrefix(directory) }
  }

  private static func fits(_ rule: Rule, _ path: UnsafeBufferPointer<UInt8>) -> Bool {
    switch rule.test {
    case .exact: return rule.text.utf8.elementsEqual(path)
    case .prefix(let prefix): return path.starts(with: prefix)
    case .suffix(let suffix):
      if path.count >= suffix.count, path.suffix(suffix.count).elementsEqual(suffix) { return true }
      return suffix.first == 0x2F && path.elementsEqual(suffix.dropFirst())
    case .program(let program): return program.matches(path)
    }
  }

  /// Takes white space off both ends.
  private static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return String(scalars)
  }

  /// The shortest path that means the same, as Go's `filepath.Clean` gives it.
  private static func cleaned(_ path: String) -> String {
    if path.isEmpty { return "." }
    let isRooted = path.utf8.first == 0x2F
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(part)
      } else if let last = parts.last, last != ".." {
        parts.removeLast()
      } else if !isRooted {
        parts.append(part)
      }
    }
    let joined = parts.joined(separator: "/")
    if isRooted { return "/" + joined }
    return joined.isEmpty ? "." : joined
  }

  private static func compile(_ pattern: String, _ line: String) throws(GlobError) -> Test {
    let bytes = Array(pattern.utf8)
    var program = PatternProgram()
    var hasWildcards = false
    var isPrefix = false
    var isSuffix = false
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      let isStart = position == 0
      position += 1
      switch byte {
      case UInt8(ascii: "*") where position < bytes.count && bytes[position] == byte:
        position += 1
        if position < bytes.count, bytes[position] == 0x2F { position += 1 }
        if position == bytes.count {
          if hasWildcards || isSuffix { hasWildcards = true } else { isPrefix = true }
          program.append(.path)
        } else {
          hasWildcards = true
          program.append(.directories)
        }
        if isStart {
          isSuffix = true
          hasWildcards = false
          isPrefix = false
        }
      case UInt8(ascii: "*"):
        hasWildcards = true
        program.append(.run)
      case UInt8(ascii: "?"):
        hasWildcards = true
        program.append(.character)
      case UInt8(ascii: "["):
        hasWildcards = true
        program.append(try IgnoreSet.parse(bytes, &position, line))
      case UInt8(ascii: "\\"):
        // Docker's library reads `\d` once as `d` and once as a digit: such lines are refused.
        guard position < bytes.count, !IgnoreSet.isLetterOrDigit(bytes[position]) else {
          throw GlobError(.badEscape, line)
        }
        hasWildcards = true
        program.append(.byte(bytes[position]))
        position += 1
      default: program.append(.byte(byte))
      }
    }
    if hasWildcards { return .program(program) }
    // The library cuts two bytes here, also where `**/` was read as one.
    if isSuffix { return .suffix(Array(bytes.dropFirst(2))) }
    if isPrefix { return .prefix(Array(bytes.dropLast(2))) }
    return .exact
  }
}
