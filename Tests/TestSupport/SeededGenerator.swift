// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Random numbers that a seed brings back (SplitMix64). Knows nothing of what they are for.

/// A generator whose numbers depend on its seed alone.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts at `seed`.
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// A number from zero up to and without `limit`.
  package mutating func number(below limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

  /// True in one of `count` cases.
  package mutating func chance(oneIn count: Int) -> Bool { number(below: count) == 0 }

  /// One of `elements`; nil where there is none.
  package mutating func pick<Element>(_ elements: [Element]) -> Element? {
    elements.randomElement(using: &self)
  }
}
