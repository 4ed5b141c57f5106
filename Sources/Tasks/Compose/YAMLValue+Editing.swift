// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reading and changing values on their way from one Compose file to another. Keys are compared byte
// for byte.

import YAML

extension YAMLValue {
  /// The entries of a mapping; none for anything else.
  var entries: [(key: String, value: YAMLValue)] {
    if case .mapping(let entries) = self { entries } else { [] }
  }

  /// The elements of a list; none for anything else.
  var elements: [YAMLValue] {
    if case .sequence(let elements) = self { elements } else { [] }
  }

  /// The keys of a mapping; none for anything else.
  var keys: [String] { entries.map(\.key) }

  /// A text; nil for anything else.
  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// Whether it is nothing, or a collection of nothing.
  var isVoid: Bool {
    switch self {
    case .null: true
    case .sequence(let elements): elements.isEmpty
    case .mapping(let entries): entries.isEmpty
    default: false
    }
  }

  /// The value of a key of a mapping; nil removes it, and a new one stands last.
  subscript(key: String) -> YAMLValue? {
    get { entries.first { $0.key.utf8.elementsEqual(key.utf8) }?.value }
    set {
      var entries = self.entries
      let position = entries.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
      switch (position, newValue) {
      case (let position?, let value?): entries[position].value = value
      case (let position?, nil): entries.remove(at: position)
      case (nil, let value?): entries.append((key, value))
      case (nil, nil): return
      }
      self = .mapping(entries)
    }
  }

  /// The same mapping without the entries of some keys.
  func removing(_ keys: Set<String>) -> YAMLValue {
    .mapping(entries.filter { !keys.contains($0.key) })
  }

  /// The same value with every text in it replaced; keys stay.
  func mappingTexts(_ transform: (String) -> String) -> YAMLValue {
    switch self {
    case .string(let text): .string(transform(text))
    case .sequence(let elements): .sequence(elements.map { $0.mappingTexts(transform) })
    case .mapping(let entries): .mapping(entries.map { ($0.key, $0.value.mappingTexts(transform)) })
    default: self
    }
  }
}
