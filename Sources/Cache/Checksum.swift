// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A checksum against accidents, for parts of our own indexes that are read one by one. No proof
// against somebody who means it: what crosses projects carries a ``Digest``.

/// Sixty-four bits over some bytes, eight at a time.
enum Checksum {
  /// The checksum of the bytes at `range`.
  ///
  /// Each step is a bijection of the state and of the word, so one wrong word is always noticed.
  static func of(_ bytes: [UInt8], at range: Range<Int>) -> UInt64 {
    bytes.withUnsafeBytes { raw in
      var state: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(range.count)
      var position = range.lowerBound
      func mix(_ word: UInt64) {
        state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
        state ^= state >> 29
      }
      while position + 8 <= range.upperBound {
        mix(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
        position += 8
      }
      var rest: UInt64 = 0
      while position < range.upperBound {
        rest = rest << 8 | UInt64(raw[position])
        position += 1
      }
      mix(rest)
      return state
    }
  }
}
