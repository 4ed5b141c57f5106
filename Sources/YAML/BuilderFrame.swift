// SPDX-License-Identifier: AGPL-3.0-or-later
// What NodeBuilder keeps of a list or mapping whose end it has not seen. It does nothing by itself.

/// A list or mapping that is being read.
struct BuilderFrame {
  /// What the next node in a mapping will be.
  enum State { case awaitsKey, awaitsValue, awaitsMerge, skipsValue }

  let isMapping: Bool
  let start: Mark
  /// The height of the stack of nodes or entries below this one's own.
  let base: Int
  var tag: String?
  var anchor: String?
  var lastEnd: Mark
  /// The nodes in it and itself, aliases followed.
  var weight = 1
  /// The levels of lists and mappings, itself included, aliases followed.
  var height = 1
  var state = State.awaitsKey
  var key = ""
  var keyStart: Mark
  var keyEnd: Mark
  var merges: [Mapping] = []
  var mergeMark: Mark?
  var mergePosition = 0
  var index: KeyIndex?

  init(isMapping: Bool, start: Mark, base: Int) {
    self.isMapping = isMapping
    self.start = start
    self.base = base
    lastEnd = start
    keyStart = start
    keyEnd = start
  }

  /// Whether the next node is a key.
  var awaitsKey: Bool { isMapping && state == .awaitsKey }
}
