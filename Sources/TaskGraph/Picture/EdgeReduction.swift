// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Leaves out the arrows that other arrows say already, so that a drawing shows what a task really
// waits for. A pure function of positions.

/// Removes arrows that follow from others (transitive reduction of a graph without cycles).
package enum EdgeReduction {
  /// Larger graphs keep all arrows: the sets of ancestors grow with the square of their size.
  private static let largest = 20_000

  /// For each task the tasks before it that no other task before it waits for, ascending.
  ///
  /// `before[i]` holds positions smaller than `i`.
  package static func reduce(_ before: [[Int]]) -> [[Int]] {
    guard before.count <= largest else { return before }
    let width = (before.count + 63) / 64
    // Row i holds one bit for each task that i waits for, directly or not.
    var reach = [UInt64](repeating: 0, count: before.count * width)
    var reduced: [[Int]] = []
    reduced.reserveCapacity(before.count)
    for (position, direct) in before.enumerated() {
      let own = position * width
      var kept: [Int] = []
      // The nearest first: whatever is further away may be among what it waits for.
      for other in direct.sorted(by: >) {
        let (word, bit) = (own + other / 64, UInt64(1) << UInt64(other % 64))
        if reach[word] & bit != 0 { continue }
        kept.append(other)
        reach[word] |= bit
        // Bits of what stands before `other` lie in its first words only.
        let start = other * width
        for place in 0...(other / 64) { reach[own + place] |= reach[start + place] }
      }
      reduced.append(kept.reversed())
    }
    return reduced
  }
}
