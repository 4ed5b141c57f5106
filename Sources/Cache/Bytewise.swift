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

  /// Sorts, and keeps one of what is equal.
  package static func sortedUnique(_ texts: [String]) -> [String] {
    var result: [String] = []
    result.reserveCapacity(texts.count)
    for text in texts.sorted(by: precedes) {
      if let last = result.last, last.utf8.elementsEqual(text.utf8) { continue }
      result.append(text)
    }
    return result
  }
}
