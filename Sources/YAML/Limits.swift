// SPDX-License-Identifier: AGPL-3.0-or-later
// The bounds within which a YAML text is read. They keep a small hostile file from taking all
// memory or all of the stack; a project of a million tasks stays far below them.

/// How much a YAML text may ask for before it is refused.
package struct Limits: Hashable, Sendable {
  /// The size of the text in bytes; marks cannot count beyond 4 GiB.
  package var bytes: Int
  /// How deep lists and mappings may stand in one another, aliases followed.
  package var depth: Int
  /// How many keys and values there may be, aliases not followed.
  package var nodes: Int
  /// How many keys and values all aliases and merges together may stand for.
  package var aliasExpansion: Int

  /// 1 GiB, 100 deep, 100 million nodes, of which aliases stand for 10 million at most.
  package static let `default` = Limits(
    bytes: 1 << 30, depth: 100, nodes: 100_000_000, aliasExpansion: 10_000_000)

  /// Limits by their numbers.
  package init(bytes: Int, depth: Int, nodes: Int, aliasExpansion: Int) {
    self.bytes = bytes
    self.depth = depth
    self.nodes = nodes
    self.aliasExpansion = aliasExpansion
  }
}
