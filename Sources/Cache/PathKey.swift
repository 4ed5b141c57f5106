// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A path as a key of tables: equal only where the bytes are. Swift holds two spellings of `é` for
// equal, a file system does not.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A path that is compared by its UTF-8 bytes.
struct PathKey: Hashable, Sendable {
  let path: String

  init(_ path: String) { self.path = path }

  static func == (left: PathKey, right: PathKey) -> Bool {
    var left = left.path
    var right = right.path
    return left.withUTF8 { left in
      right.withUTF8 { right in
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
      }
    }
  }

  func hash(into hasher: inout Hasher) {
    var path = path
    path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
