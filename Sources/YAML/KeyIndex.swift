// SPDX-License-Identifier: AGPL-3.0-or-later
// A hash table from the keys of one mapping to their positions. It holds no keys itself, so a
// mapping with a million entries pays eight to sixteen bytes for each.

/// Finds a key among the entries of a large mapping: open addressing with linear probing.
struct KeyIndex: Sendable {
  /// Mappings up to this many entries are searched from the front, which is as quick.
  static let threshold = 8

  /// Each slot is 0, or the upper half of a hash with the position plus one below it.
  private var slots: [UInt64]

  /// Indexes entries; also tells which positions repeat an earlier key, and whose.
  static func make(
    _ entries: UnsafeBufferPointer<Mapping.Entry>
  ) -> (index: KeyIndex, repeated: [(position: Int, first: Int)]) {
    var table = KeyIndex(capacity: entries.count)
    var repeated: [(position: Int, first: Int)] = []
    for position in entries.indices {
      let key = entries[position].key
      if let first = table.insert(key, at: position, in: entries) {
        repeated.append((position, first))
      }
    }
    return (table, repeated)
  }

  /// Indexes entries; a repeated key leads to its first position.
  init(_ entries: [Mapping.Entry]) {
    self = entries.withUnsafeBufferPointer { KeyIndex.make($0).index }
  }

  private init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
  }

  /// The position of a key, if it is there.
  func position(of key: String, in entries: [Mapping.Entry]) -> Int? {
    entries.withUnsafeBufferPointer { find(key, in: $0).position }
  }

  private mutating func insert(
    _ key: String, at position: Int, in entries: UnsafeBufferPointer<Mapping.Entry>
  ) -> Int? {
    let found = find(key, in: entries)
    if let first = found.position { return first }
    slots[found.slot] = found.signature | UInt64(position + 1)
    return nil
  }

  private func find(
    _ key: String, in entries: UnsafeBufferPointer<Mapping.Entry>
  ) -> (position: Int?, slot: Int, signature: UInt64) {
    let hash = KeyIndex.hash(key)
    let signature = hash & 0xFFFF_FFFF_0000_0000
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let content = slots[slot]
      if content == 0 { return (nil, slot, signature) }
      if content & 0xFFFF_FFFF_0000_0000 == signature {
        let position = Int(content & 0xFFFF_FFFF) - 1
        if entries[position].key.isIdentical(to: key) { return (position, slot, signature) }
      }
      slot = (slot + 1) & mask
    }
  }

  /// Mixes the bytes of a key, eight at a time, by multiplication and folding.
  private static func hash(_ key: String) -> UInt64 {
    var key = key
    return key.withUTF8 { bytes in
      let raw = UnsafeRawBufferPointer(bytes)
      var state = UInt64(raw.count) &* 0x9E37_79B9_7F4A_7C15
      var offset = 0
      while offset + 8 <= raw.count {
        state = fold(state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
      }
      var rest: UInt64 = 0
      while offset < raw.count {
        rest = rest << 8 | UInt64(raw[offset])
        offset += 1
      }
      return fold(state ^ rest)
    }
  }

  private static func fold(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xD6E8_FEB8_6659_FD93).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }
}
