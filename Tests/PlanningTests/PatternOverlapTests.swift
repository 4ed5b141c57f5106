// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A table of pairs of patterns that can or cannot meet, and a check of it against matching.

import Cache
import Testing

@testable import Planning

/// Whether two patterns can match one path.
@Suite struct PatternOverlapTests {
  @Test(
    arguments: [
      ("a", "a"), ("a", "a/b"), ("a/b/c", "a"), ("a/*", "a/b"), ("a/*", "a"), ("*", "a"),
      ("*.js", "app.*"), ("a*c", "ab*"), ("*a*", "*b*"), ("a?c", "abc"), ("a?c", "a*"),
      ("**", "x/y/z"), ("**/*.ts", "src/a/b.ts"), ("**/*.ts", "b.ts"), ("src/**", "src"),
      ("src/**/x", "src/x"), ("a/**/b", "a/*/b"), ("**/b", "a/**"), ("[abc].c", "b.c"),
      ("[a-f]", "[e-z]"), ("[!a]", "b"), ("[^a]", "[!b]"), ("{a,b}/c", "b/c"),
      ("{a,b/c}", "b/c/d"), ("x{1,2}{3,4}", "x24"), ("a\\*", "a*"), ("a\\*b", "a?b"),
      ("é?", "é*"), ("a/**", "a/b/**/c"), ("**/a/**", "**/b/**"), ("a{,b}", "a"),
    ])
  func `these can meet`(first: String, second: String) {
    #expect(PatternOverlap.overlap(first, second))
    #expect(PatternOverlap.overlap(second, first))
  }

  @Test(
    arguments: [
      ("a", "b"), ("a", "ab"), ("a/b", "a/c"), ("*.js", "*.css"), ("a*", "b*"), ("a?c", "ac"),
      ("a/*", "a/b/c"), ("*", "a/b"), ("**/*.ts", "a/b.js"), ("src/**", "lib/**"),
      ("a/**/x", "a/**/y"), ("[abc].c", "d.c"), ("[a-c]", "[d-f]"), ("[!a]", "a"),
      ("{a,b}/c", "d/c"), ("x{1,2}", "x3"), ("a\\*", "ab"), ("**/a", "**/b"), ("a/?", "a/bc"),
      ("*/x", "x"), ("dist", "dist2/x"), ("a.b", "a?b?"),
    ])
  func `these cannot`(first: String, second: String) {
    #expect(!PatternOverlap.overlap(first, second))
    #expect(!PatternOverlap.overlap(second, first))
  }

  @Test func `whatever two globs both match, they are said to meet on`() throws {
    var generator = Numbers(seed: 20_260_101)
    var met = 0
    for _ in 0..<12_000 {
      let first = Self.pattern(&generator)
      let second = Self.pattern(&generator)
      let path = Self.path(&generator)
      guard try Glob(patterns: [first]).matches(path), try Glob(patterns: [second]).matches(path)
      else { continue }
      // A plain path matches what lies below it, which overlap counts for patterns that name it.
      let isBelow = [first, second].contains { pattern in
        !pattern.contains { "*?[".contains($0) } && depth(pattern) < depth(path)
      }
      guard !isBelow else { continue }
      met += 1
      #expect(PatternOverlap.overlap(first, second), "\(first) and \(second) on \(path)")
    }
    // Were the patterns never to meet, the loop would prove nothing.
    #expect(met > 100)
  }

  private func depth(_ path: String) -> Int { path.split(separator: "/").count }

  private static func pattern(_ generator: inout Numbers) -> String {
    let parts = ["a", "b", "*", "**", "a*", "?", "[ab]", "[!b]", "{a,b}", "*b", "ab"]
    return (0...generator.next(3)).map { _ in parts[generator.next(parts.count)] }
      .joined(separator: "/")
  }

  private static func path(_ generator: inout Numbers) -> String {
    let parts = ["a", "b", "ab", "ba"]
    return (0...generator.next(3)).map { _ in parts[generator.next(parts.count)] }
      .joined(separator: "/")
  }

  /// Numbers that are the same in every run: SplitMix64.
  private struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
  }
}
