// SPDX-License-Identifier: AGPL-3.0-or-later
// A value to be written as YAML: the counterpart of Node without marks, tags and styles. It does
// not know how it will look; that is YAMLWriter's job.

/// A value to write.
package indirect enum YAMLValue: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  /// A number that is kept in its very digits, since others give them a meaning: `0440`, `1.10`.
  ///
  /// A text that is no number of the core schema is written like a string.
  case number(String)
  case string(String)
  case sequence([YAMLValue])
  /// Entries in the order in which they are written; the keys must differ.
  case mapping([(key: String, value: YAMLValue)])

  /// The value of a node; its tags, marks and quoting are lost.
  package init(_ node: Node) {
    switch node.value {
    case .sequence(let nodes): self = .sequence(nodes.map { YAMLValue($0) })
    case .mapping(let mapping):
      self = .mapping(mapping.entries.map { ($0.key, YAMLValue($0.value)) })
    case .scalar(let scalar):
      switch CoreSchema.meaning(of: scalar, tag: node.tag) {
      case .null: self = .null
      case .bool(let value): self = .bool(value)
      case .int(let value?) where String(value) == scalar.text: self = .int(value)
      case .double(let value) where PlainText.text(of: value) == scalar.text:
        self = .double(value)
      case .int, .double: self = .number(scalar.text)
      case .string: self = .string(scalar.text)
      }
    }
  }

  /// Entries in the order of their keys' bytes; the keys must differ.
  package static func sortedMapping(
    _ entries: some Sequence<(key: String, value: YAMLValue)>
  ) -> YAMLValue {
    .mapping(entries.sorted { $0.key.precedes($1.key) })
  }

  /// The same value with the entries of all mappings in the order of their keys' bytes.
  package func sortingKeys() -> YAMLValue {
    switch self {
    case .sequence(let values): .sequence(values.map { $0.sortingKeys() })
    case .mapping(let entries):
      .sortedMapping(entries.map { (key: $0.key, value: $0.value.sortingKeys()) })
    default: self
    }
  }
}

extension YAMLValue: Equatable {
  /// Whether two values are written alike: texts byte for byte, mappings in the same order.
  package static func == (left: YAMLValue, right: YAMLValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let one), .bool(let two)): one == two
    case (.int(let one), .int(let two)): one == two
    case (.double(let one), .double(let two)):
      one.bitPattern == two.bitPattern || (one.isNaN && two.isNaN)
    case (.number(let one), .number(let two)): one.isIdentical(to: two)
    case (.string(let one), .string(let two)): one.isIdentical(to: two)
    case (.sequence(let one), .sequence(let two)): one == two
    case (.mapping(let one), .mapping(let two)):
      one.count == two.count
        && zip(one, two).allSatisfy { $0.key.isIdentical(to: $1.key) && $0.value == $1.value }
    default: false
    }
  }
}

extension YAMLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }

  /// An integer.
  package init(integerLiteral value: Int) { self = .int(value) }

  /// True or false.
  package init(booleanLiteral value: Bool) { self = .bool(value) }

  /// A list.
  package init(arrayLiteral elements: YAMLValue...) { self = .sequence(elements) }

  /// A mapping in the order written; the keys must differ.
  package init(dictionaryLiteral elements: (String, YAMLValue)...) {
    self = .mapping(elements.map { (key: $0.0, value: $0.1) })
  }
}
