// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Gives each task a layer, so that whatever it waits for stands in an earlier one. A pure function of
// positions.

/// Sorts the tasks of a graph into layers.
package enum LayerAssignment {
  /// The layer of each task, from zero.
  ///
  /// The length of the longest chain before it; then what has more arrows out than in moves towards
  /// what waits for it, which shortens arrows (the "tight" step of Gansner, Koutsofios, North and Vo,
  /// "A technique for drawing directed graphs", without the simplex).
  package static func layers(_ before: [[Int]]) -> [Int] {
    var layers = [Int](repeating: 0, count: before.count)
    var waiting = [Int](repeating: 0, count: before.count)
    for position in before.indices {
      for other in before[position] {
        layers[position] = max(layers[position], layers[other] + 1)
        waiting[other] += 1
      }
    }
    var room = [Int](repeating: Int.max, count: before.count)
    for position in before.indices.reversed() {
      if room[position] != Int.max, waiting[position] > before[position].count {
        layers[position] = max(layers[position], room[position] - 1)
      }
      for other in before[position] { room[other] = min(room[other], layers[position]) }
    }
    return layers
  }
}
