// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the chain of tasks that a run cannot be shorter than. A pure function of positions and
// lengths of time.

/// The longest chain of a graph.
package struct CriticalPath: Sendable, Hashable {
  /// Positions from the first task of the chain to its last.
  package let tasks: [Int]
  /// What they take together.
  package let length: Duration

  /// The chain of the greatest sum of `weights` (nanoseconds); among equals the one with more tasks.
  ///
  /// Tasks of which `isPart` is false take no time and are not named.
  package init(_ before: [[Int]], weights: [Int64], isPart: [Bool]) {
    var sums = [(time: Int64, count: Int)](repeating: (0, 0), count: before.count)
    var previous = [Int](repeating: -1, count: before.count)
    var last = -1
    for position in before.indices {
      var best: (time: Int64, count: Int) = (0, 0)
      for other in before[position] where sums[other] > best {
        best = sums[other]
        previous[position] = other
      }
      if isPart[position] {
        best = (best.time &+ max(0, weights[position]), best.count + 1)
      }
      sums[position] = best
      if best > (last < 0 ? (0, 0) : sums[last]) { last = position }
    }
    length = .nanoseconds(last < 0 ? 0 : sums[last].time)
    var chain: [Int] = []
    while last >= 0 {
      if isPart[last] { chain.append(last) }
      last = previous[last]
    }
    tasks = chain.reversed()
  }
}
