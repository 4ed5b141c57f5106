// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The one order of paths that every machine and locale agrees on. Knows nothing of what they name.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Orders texts by their UTF-8 bytes; Swift's own order is by Unicode equivalence.
package enum Bytewise {
  /// Whether `left` stands before `right`.
  package static func precedes(_ left: String, _ right: String) -> Bool {
    var left = left
    var right = right
    return left.withUTF8 { left in
      right.withUTF8 { right in
        let shared = min(left.count, right.count)
        if shared > 0, let first = left.baseAddress, let second = right.baseAddress {
          let order = memcmp(first, second, shared)
          if order != 0 { return order < 0 }
        }
        return left.count < right.count
      }
    }
  }

  /// Sorts, and keeps one of what is equal; a list that is in order already costs one pass.
  package static func sortedUnique(_ texts: [String]) -> [String] {
    if zip(texts, texts.dropFirst()).allSatisfy(precedes) { return texts }
    var result: [String] = []
    result.reserveCapacity(texts.count)
    for text in texts.sorted(by: precedes) {
      if let last = result.last, PathKey(last) == PathKey(text) { continue }
      result.append(text)
    }
    return result
  }
}
