// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the name a person probably meant. Knows nothing of what the names stand for.

/// The nearest of a set of names.
package enum Suggestion {
  /// The candidate that is closest to `name`; the earliest of equals, nil when none is close.
  ///
  /// Close means at most one edit for every three characters (at least one), where a swap of two
  /// neighbours is one edit. Names that differ only in case or in `-`, `_` are always close.
  package static func nearest(
    to name: String, among candidates: some Sequence<String>
  ) -> String? {
    let wanted = folded(name)
    guard !wanted.isEmpty else { return nil }
    let limit = max(1, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate != name {
      let other = folded(candidate)
      let bound = best.map { $0.distance - 1 } ?? limit
      guard bound >= 0, abs(other.count - wanted.count) <= bound else { continue }
      let distance = distance(wanted, other)
      // One-letter names are an edit away from everything, which says nothing.
      guard distance <= bound, distance < max(wanted.count, other.count) else { continue }
      best = (candidate, distance)
      if distance == 0 { break }
    }
    return best?.name
  }

  /// The number of insertions, deletions, substitutions and swaps of neighbours between two texts.
  ///
  /// Optimal string alignment: Damerau's distance without editing a swapped pair again.
  static func distance(_ first: [Character], _ second: [Character]) -> Int {
    if first.isEmpty || second.isEmpty { return max(first.count, second.count) }
    var beforeLast = [Int](repeating: 0, count: second.count + 1)
    var last = Array(0...second.count)
    var current = last
    for row in 1...first.count {
      current[0] = row
      for column in 1...second.count {
        let same = first[row - 1] == second[column - 1]
        var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
        if row > 1, column > 1, first[row - 1] == second[column - 2],
          first[row - 2] == second[column - 1]
        {
          cost = min(cost, beforeLast[column - 2] + 1)
        }
        current[column] = cost
      }
      (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[second.count]
  }

  private static func folded(_ name: String) -> [Character] {
    name.lowercased().filter { $0 != "-" && $0 != "_" }.map { $0 }
  }
}
