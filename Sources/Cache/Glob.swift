// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A list of patterns that says which paths belong to a task. Decides by the path alone; which files
// there are is `GlobWalk`'s to find out. The language is described in spec/core/globs.md.

/// A compiled list of patterns; the last one that fits a path decides.
///
/// A plain path stands for itself and for everything below it. Patterns are relative to one directory
/// and never lead out of it. `.git` and `.stagecraft` never match, at any depth.
package struct Glob: Sendable, Hashable {
  /// Where in the list a path was last named, and last taken away; -1 where it was not.
  private struct Positions: Sendable, Hashable {
    var taken = -1
    var dropped = -1

    mutating func note(_ position: Int, isNegated: Bool) {
      if isNegated { dropped = max(dropped, position) } else { taken = max(taken, position) }
    }

    mutating func merge(_ other: Positions?) {
      guard let other else { return }
      taken = max(taken, other.taken)
      dropped = max(dropped, other.dropped)
    }
  }

  private struct Wildcard: Sendable, Hashable {
    let components: [GlobParser.Component]
    let program: PatternProgram
    let position: Int
    let isNegated: Bool
  }

  /// Plain paths that match themselves.
  private var exact: [PathKey: Positions] = [:]
  /// Plain paths that match what is below them.
  private var below: [PathKey: Positions] = [:]
  private var wildcards: [Wildcard] = []
  private var hasNegations = false
  /// Whether a file that one of ``literals`` names is taken whatever the other patterns are.
  private(set) var isLiteralDecisive = true

  /// The patterns as they were written.
  package let patterns: [String]
  /// The plain paths that the list takes, sorted, without `./` and a trailing `/`.
  package private(set) var literals: [String] = []
  /// Where to look for matches of the other patterns: the directories before their first wildcard,
  /// sorted, `""` for the directory that patterns are relative to.
  package private(set) var literalPrefixes: [String] = []

  /// Compiles a list.
  package init(patterns: [String]) throws(GlobError) {
    self.patterns = patterns
    var takesAny = patterns.isEmpty
    var prefixes: Set<String> = []
    for (position, written) in patterns.enumerated() {
      let isNegated = written.utf8.first == UInt8(ascii: "!")
      if isNegated {
        hasNegations = true
        isLiteralDecisive = false
      } else {
        takesAny = true
      }
      let pattern = isNegated ? String(written.dropFirst()) : written
      for parsed in try GlobParser.parse(pattern, original: written) {
        switch parsed {
        case .literal(let path, let belowOnly):
          if belowOnly { isLiteralDecisive = false }
          if !belowOnly {
            exact[PathKey(path), default: Positions()].note(position, isNegated: isNegated)
          }
          below[PathKey(path), default: Positions()].note(position, isNegated: isNegated)
          var name = path
          let isReserved = name.withUTF8 { Self.isReserved($0) }
          if !isNegated, !isReserved { literals.append(path) }
        case .wildcard(let components, let program, let prefix):
          wildcards.append(
            Wildcard(
              components: components, program: program, position: position, isNegated: isNegated))
          if !isNegated { prefixes.insert(prefix) }
        }
      }
    }
    guard takesAny else { throw GlobError(.onlyNegations, patterns[0]) }
    literals.sort(by: Bytewise.precedes)
    literalPrefixes = prefixes.sorted(by: Bytewise.precedes)
  }

  /// Whether the list takes `path`, which is relative to the directory of the patterns.
  package func matches(_ path: String) -> Bool {
    var path = path
    let isReserved = path.withUTF8 { Self.isReserved($0) }
    if isReserved { return false }
    let positions = self.positions(&path)
    return positions.taken > positions.dropped
  }

  /// Whether something below the directory `path` may match; where not, it need not be read.
  func mayMatch(below path: String) -> Bool {
    var path = path
    let isReserved = path.withUTF8 { Self.isReserved($0) }
    if isReserved { return false }
    // What this directory has of positions as a parent: everything below it has them too.
    var inherited = Positions()
    inherited.merge(below[PathKey(path)])
    parents(of: path) { inherited.merge(below[PathKey($0)]) }
    let dropped = max(inherited.dropped, hasNegations ? self.dropped(&path) : -1)
    if inherited.taken > dropped { return true }
    let names = path.isEmpty ? [] : path.split(separator: "/", omittingEmptySubsequences: true)
    for wildcard in wildcards where !wildcard.isNegated && wildcard.position > dropped {
      if Self.leads(wildcard.components[...], to: names[...]) { return true }
    }
    return false
  }

  private func positions(_ path: inout String) -> Positions {
    var positions = Positions()
    positions.merge(exact[PathKey(path)])
    if !below.isEmpty { parents(of: path) { positions.merge(below[PathKey($0)]) } }
    path.withUTF8 { bytes in
      for wildcard in wildcards where !wildcard.isNegated && wildcard.position > positions.taken {
        if wildcard.program.matches(bytes) { positions.taken = wildcard.position }
      }
    }
    if hasNegations { positions.dropped = max(positions.dropped, dropped(&path)) }
    return positions
  }

  /// The last wildcard that takes `path` or a directory above it away.
  private func dropped(_ path: inout String) -> Int {
    var dropped = exact[PathKey(path)]?.dropped ?? -1
    path.withUTF8 { bytes in
      for wildcard in wildcards where wildcard.isNegated && wildcard.position > dropped {
        var end = 0
        while end <= bytes.count {
          if end == bytes.count || bytes[end] == 0x2F,
            wildcard.program.matches(UnsafeBufferPointer(rebasing: bytes[..<end]))
          {
            dropped = wildcard.position
            break
          }
          end += 1
        }
      }
    }
    return dropped
  }

  /// Calls `body` with `""` and with each directory above `path`.
  private func parents(of path: String, _ body: (String) -> Void) {
    if path.isEmpty { return }
    body("")
    var index = path.utf8.startIndex
    while let slash = path.utf8[index...].firstIndex(of: 0x2F) {
      body(String(path[..<slash]))
      index = path.utf8.index(after: slash)
    }
  }

  private static func leads(
    _ components: ArraySlice<GlobParser.Component>, to names: ArraySlice<Substring>
  ) -> Bool {
    guard let first = components.first else { return false }
    guard case .one(let program) = first else { return true }
    guard let name = names.first else { return true }
    var text = name
    guard text.withUTF8({ program.matches($0) }) else { return false }
    return leads(components.dropFirst(), to: names.dropFirst())
  }

  private static let reserved: [[UInt8]] = [Array(".git".utf8), Array(".stagecraft".utf8)]

  /// Whether a component of `path` is one that never matches.
  private static func isReserved(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
    var start = 0
    while start < path.count {
      let isDotted = path[start] == UInt8(ascii: ".")
      var end = start
      while end < path.count, path[end] != 0x2F { end += 1 }
      if isDotted {
        let name = path[start..<end]
        for word in reserved where name.elementsEqual(word) { return true }
      }
      start = end + 1
    }
    return false
  }
}
