// SPDX-License-Identifier: AGPL-3.0-or-later
// A value read from a YAML text, with its place: the tree that everything above reads settings
// from. It does not know which keys mean what.

/// A value in a YAML text; aliases are followed and merge keys applied.
///
/// The value of an alias has the marks of the place where it was written, behind the anchor.
package struct Node: Sendable {
  /// What a node is.
  package enum Value: Sendable {
    case scalar(Scalar)
    case sequence([Node])
    case mapping(Mapping)
  }

  /// The three sorts of nodes.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case scalar, sequence, mapping

    /// The kind for a message: `a text`, `a list`, `a mapping`.
    package var words: String {
      switch self {
      case .scalar: "a text"
      case .sequence: "a list"
      case .mapping: "a mapping"
      }
    }
  }

  /// What it is.
  package let value: Value
  /// Where it begins, its anchor and tag included.
  package let start: Mark
  /// Just after it.
  package let end: Mark
  // An array and not a string, which would make each node 8 bytes larger; tags are rare.
  private let tags: [String]?

  /// A node by its parts; the marks are for nodes that stand in a file.
  package init(_ value: Value, start: Mark = .start, end: Mark = .start, tag: String? = nil) {
    self.value = value
    self.start = start
    self.end = end
    tags = tag.map { [$0] }
  }

  /// The explicit tag, such as `!reset`, or `!!str` for those of YAML itself; nil without one.
  package var tag: String? { tags?.first }

  /// Which of the three sorts it is.
  package var kind: Kind {
    switch value {
    case .scalar: .scalar
    case .sequence: .sequence
    case .mapping: .mapping
    }
  }

  /// What it is, for a message: like the kind's, but `a number`, `true or false` and `nothing`
  /// are told from texts.
  package var words: String {
    guard case .scalar = value else { return kind.words }
    return switch scalarMeaning {
    case .null: "nothing"
    case .bool: "true or false"
    case .int, .double: "a number"
    case .string, nil: kind.words
    }
  }

  /// The scalar, if it is one.
  package var scalar: Scalar? {
    if case .scalar(let scalar) = value { scalar } else { nil }
  }

  /// The text of any scalar, numbers and null included.
  package var string: String? { scalar?.text }

  /// True or false, if it is one of these and not quoted; `yes` and `on` are texts.
  package var bool: Bool? {
    if case .bool(let value) = scalarMeaning { value } else { nil }
  }

  /// The integer, if it is one that fits and is not quoted: decimal, `0o17` or `0x1F`.
  package var int: Int? {
    if case .int(let value?) = scalarMeaning { value } else { nil }
  }

  /// The number, integer or not, if it is one and not quoted.
  package var double: Double? {
    switch scalarMeaning {
    case .double(let value): value
    case .int: scalar.flatMap { CoreSchema.integerAsDouble($0.text) }
    default: nil
    }
  }

  /// Whether it is `null`, `~` or left empty.
  package var isNull: Bool { scalarMeaning == .null }

  /// The elements, if it is a list.
  package var sequence: [Node]? {
    if case .sequence(let nodes) = value { nodes } else { nil }
  }

  /// The entries, if it is a mapping.
  package var mapping: Mapping? {
    if case .mapping(let mapping) = value { mapping } else { nil }
  }

  /// The value of a key, if it is a mapping that has it.
  package subscript(key: String) -> Node? { mapping?[key] }

  /// Whether two nodes say the same, wherever they stand and however they are quoted.
  ///
  /// Mappings are compared without regard to order. `1` and `"1"` differ, as do `1` and `1.0`.
  package func isEquivalent(to other: Node) -> Bool {
    guard tag == other.tag else { return false }
    switch (value, other.value) {
    case (.scalar(let left), .scalar(let right)):
      return switch (scalarMeaning, other.scalarMeaning) {
      case (.string, .string), (.int(nil), .int(nil)): left.text.isIdentical(to: right.text)
      case (.double(let one), .double(let two)): one == two || (one.isNaN && two.isNaN)
      case (let one, let two): one == two
      }
    case (.sequence(let left), .sequence(let right)):
      return left.count == right.count
        && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
    case (.mapping(let left), .mapping(let right)):
      return left.count == right.count
        && left.entries.allSatisfy { entry in
          right[entry.key].map { entry.value.isEquivalent(to: $0) } ?? false
        }
    default: return false
    }
  }

  private var scalarMeaning: CoreSchema.Meaning? {
    guard case .scalar(let scalar) = value else { return nil }
    return CoreSchema.meaning(of: scalar, tag: tag)
  }
}
