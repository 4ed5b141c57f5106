// SPDX-License-Identifier: AGPL-3.0-or-later
// The entries of a YAML mapping, in file order, with a quick way from a key to its value.
// It does not know how its entries came about: merges and duplicates are settled by the reader.

/// A mapping: entries in file order, each key once.
package struct Mapping: Sendable {
  /// One key with its value, and where the key stands.
  package struct Entry: Sendable {
    /// The text of the key; all keys are texts, however they are written.
    package let key: String
    /// Where the key begins.
    package let keyMark: Mark
    /// Just after the key.
    package let keyEnd: Mark
    /// What the key stands for.
    package let value: Node

    /// An entry by its parts.
    package init(key: String, keyMark: Mark, keyEnd: Mark, value: Node) {
      self.key = key
      self.keyMark = keyMark
      self.keyEnd = keyEnd
      self.value = value
    }
  }

  /// The entries in the order of the file; those of a merge stand where its `<<` stood.
  package let entries: [Entry]
  private let index: KeyIndex?

  /// A mapping of entries whose keys differ; of two with one key, the first is found.
  package init(_ entries: [Entry]) {
    self.entries = entries
    index = entries.count > KeyIndex.threshold ? KeyIndex(entries) : nil
  }

  init(_ entries: [Entry], index: KeyIndex?) {
    self.entries = entries
    self.index = index
  }

  /// The number of entries.
  package var count: Int { entries.count }

  /// Whether there are no entries.
  package var isEmpty: Bool { entries.isEmpty }

  /// The keys in the order of the file.
  package var keys: [String] { entries.map(\.key) }

  /// The value of a key, compared byte for byte; takes constant time however large the mapping.
  package subscript(key: String) -> Node? { entry(key)?.value }

  /// The entry of a key, compared byte for byte; takes constant time however large the mapping.
  package func entry(_ key: String) -> Entry? {
    if let index {
      return index.position(of: key, in: entries).map { entries[$0] }
    }
    return entries.first { $0.key.isIdentical(to: key) }
  }
}
