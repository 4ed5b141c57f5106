// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the outputs that can have a path in common with a pattern without looking at all of them.
// Built once for all tasks; knows positions and texts, no diagnostics.

/// All outputs of a project by the part of their path that has no wildcard.
///
/// Two patterns can only overlap when the sure part of one leads to the sure part of the other, so
/// a lookup walks up from a pattern by hashed prefixes, and down only where something lies below.
struct OutputIndex: Sendable {
  /// One output.
  struct Entry: Sendable {
    /// The position of its task.
    let task: Int
    /// The position among the task's outputs.
    let output: Int
    /// The pattern from the project root.
    let path: String
    /// How many bytes of the path are sure.
    let sure: Int
    /// The pattern taken apart; nil when it has no wildcard.
    let glob: PatternOverlap?
  }

  /// All outputs, in file order.
  let entries: [Entry]
  // Entries whose sure part has one hash form a list through `next`.
  private let heads: [UInt64: Int32]
  private let next: [Int32]
  private let above: Set<UInt64>
  private let sorted: [Int32]

  /// Builds the index.
  init(_ tasks: [TaskDefinition]) {
    var entries: [Entry] = []
    var heads: [UInt64: Int32] = [:]
    var next: [Int32] = []
    var above: Set<UInt64> = []
    entries.reserveCapacity(tasks.count)
    heads.reserveCapacity(tasks.count)
    for task in tasks.indices {
      for (output, pattern) in tasks[task].outputs.enumerated() {
        let path = pattern.path
        let isGlob = PatternOverlap.isGlob(path)
        let entry = Entry(
          task: task, output: output, path: path,
          sure: isGlob ? PatternOverlap.literalPrefixLength(path) : path.utf8.count,
          glob: isGlob ? PatternOverlap(path) : nil)
        Self.prefixes(of: path, sure: entry.sure) { hash, length in
          if length == entry.sure {
            let position = Int32(entries.count)
            next.append(heads.updateValue(position, forKey: hash) ?? -1)
          } else {
            above.insert(hash)
          }
        }
        entries.append(entry)
      }
    }
    self.entries = entries
    self.heads = heads
    self.next = next
    self.above = above
    // Needed only for walks down, which projects of plain paths never make.
    let hasWalks = tasks.contains { task in
      task.inputs.contains { !$0.isExclusion && Self.needsWalk($0.path, above: above) }
    }
    sorted =
      hasWalks
      ? entries.indices.sorted { Self.precedes(entries[$0].path, entries[$1].path) }.map(Int32.init)
      : []
  }

  /// Calls `body` with every output whose sure part is `path` cut at `sure` or leads to it.
  ///
  /// `body` returns false to stop.
  func forEach(above path: String, sure: Int, _ body: (Int) -> Bool) {
    var goesOn = true
    Self.prefixes(of: path, sure: sure) { hash, length in
      guard goesOn, var position = heads[hash] else { return }
      while goesOn, position >= 0 {
        let entry = entries[Int(position)]
        if entry.sure == length,
          entry.path.utf8.prefix(length).elementsEqual(path.utf8.prefix(length))
        {
          goesOn = body(Int(position))
        }
        position = next[Int(position)]
      }
    }
  }

  /// Calls `body` with every output that lies below the sure part of `path`.
  func forEach(below path: String, sure: Int, _ body: (Int) -> Void) {
    guard !sorted.isEmpty, Self.needsWalk(path, sure: sure, above: above) else { return }
    let prefix = sure == 0 ? "" : String(decoding: path.utf8.prefix(sure), as: UTF8.self) + "/"
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if Self.precedes(entries[Int(sorted[middle])].path, prefix) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    while low < sorted.count {
      let entry = entries[Int(sorted[low])]
      guard entry.path.utf8.starts(with: prefix.utf8) else { return }
      if entry.sure > sure { body(Int(sorted[low])) }
      low += 1
    }
  }

  private static func needsWalk(_ path: String, above: Set<UInt64>) -> Bool {
    let sure =
      PatternOverlap.isGlob(path) ? PatternOverlap.literalPrefixLength(path) : path.utf8.count
    return needsWalk(path, sure: sure, above: above)
  }

  private static func needsWalk(_ path: String, sure: Int, above: Set<UInt64>) -> Bool {
    var found = false
    prefixes(of: path, sure: sure) { hash, length in
      if length == sure { found = above.contains(hash) }
    }
    return found
  }

  /// Calls `body` with the hash and the length of the empty path, of every directory on the way,
  /// and of the first `sure` bytes of `path`.
  ///
  /// FNV-1a, 64 bit, as its authors publish it; equal hashes are checked by their bytes.
  private static func prefixes(of path: String, sure: Int, _ body: (UInt64, Int) -> Void) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    body(hash, 0)
    guard sure > 0 else { return }
    var length = 0
    for byte in path.utf8 {
      if byte == UInt8(ascii: "/"), length > 0 { body(hash, length) }
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      length += 1
      if length == sure { break }
    }
    body(hash, sure)
  }

  private static func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }
}
