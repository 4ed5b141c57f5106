// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps the values of secret variables out of the texts of a Compose file: where one was interpolated
// into a command or a label, a reference stands in its place.

import YAML

/// Writes texts for a Compose file, without the secrets in them.
struct RenderSecrets {
  /// Shorter values stand in ordinary words.
  static let shortest = 6

  /// Longest first, so that of two that overlap the whole is hidden.
  private let secrets: [(name: String, value: [UInt8])]
  /// The references that were written, by the name of the variable.
  private(set) var references: [String: String] = [:]

  /// Hides the values of `variables`, by name.
  init(_ variables: [String: String]) {
    secrets = variables.map { ($0.key, Array($0.value.utf8)) }
      .filter { $0.value.count >= Self.shortest }
      .sorted { left, right in
        left.value.count != right.value.count
          ? left.value.count > right.value.count
          : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
      }
  }

  /// The variable whose value stands in `text`; nil where none does.
  func name(in text: String) -> String? {
    let bytes = Array(text.utf8)
    return bytes.indices.lazy.compactMap { position in
      secrets.first { bytes[position...].starts(with: $0.value) }?.name
    }.first
  }

  /// `text` as it stands in a Compose file: dollars doubled, secrets by reference.
  mutating func written(_ text: String, _ variables: inout RenderVariables) -> String {
    guard !secrets.isEmpty else { return ComposeText.doubled(text) }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if let secret = secrets.first(where: { bytes[position...].starts(with: $0.value) }) {
        let reference =
          references[secret.name]
          ?? variables.reference(
            ["SECRET", secret.name], String(decoding: secret.value, as: UTF8.self))
        references[secret.name] = reference
        result.append(contentsOf: reference.utf8)
        position += secret.value.count
      } else {
        result.append(bytes[position])
        if bytes[position] == UInt8(ascii: "$") { result.append(bytes[position]) }
        position += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A value of a Compose file with all its texts written; names of things stay as they are, since
  /// others refer to them.
  mutating func written(
    _ value: YAMLValue, key: String = "", _ variables: inout RenderVariables
  ) -> YAMLValue {
    switch value {
    case .string(let text):
      return .string(
        Self.names.contains(key) ? ComposeText.doubled(text) : written(text, &variables))
    case .sequence(let elements):
      return .sequence(elements.map { written($0, key: key, &variables) })
    case .mapping(let entries):
      return .mapping(
        entries.map { ($0.key, written($0.value, key: $0.key, &variables)) })
    default: return value
    }
  }

  private static let names: Set<String> = ["image", "container_name", "network_mode", "source"]
}
