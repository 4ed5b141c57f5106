// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads the `secrets` of an environment: names of variables and where their values come from. Runs
// nothing and sees no value.

import YAML

/// Reads which variables are secret.
enum SecretsReader {
  /// A list of names, or a mapping from names to `command` or `env`.
  static func read(_ node: Node, into reading: inout Reading) -> [SecretSource] {
    switch node.value {
    case .sequence:
      var secrets: [SecretSource] = []
      for (name, element) in reading.texts(node) ?? [] {
        if !Reading.isVariableName(name) {
          reading.report(.badVariableName(name), at: element)
        } else if secrets.contains(where: { $0.name == name }) {
          reading.report(.repeatedName(name), at: element)
        } else {
          secrets.append(
            SecretSource(
              name: name, origin: .variable(name), location: reading.location(element.start)))
        }
      }
      return secrets
    case .mapping(let mapping):
      return mapping.entries.compactMap { entry in
        if !Reading.isVariableName(entry.key) {
          reading.report(.badVariableName(entry.key), atKeyOf: entry)
        }
        return origin(entry, into: &reading).map {
          SecretSource(name: entry.key, origin: $0, location: reading.location(entry.keyMark))
        }
      }
    case .scalar:
      reading.report(
        .wrongType(expected: "a list of names or a mapping", found: node.words), at: node)
      return []
    }
  }

  private static func origin(
    _ entry: Mapping.Entry, into reading: inout Reading
  ) -> SecretSource.Origin? {
    // As elsewhere, a name without a value is the variable of that name.
    if entry.value.isNull { return .variable(entry.key) }
    guard let mapping = reading.mapping(entry.value) else { return nil }
    reading.checkKeys(of: mapping, known: ProjectSchema.secretFields.map(\.name))
    let command = mapping["command"].flatMap {
      reading.arguments($0, what: "`secrets.\(entry.key).command`")
    }
    guard let field = mapping.entry("env") else {
      if mapping["command"] == nil {
        reading.report(
          .missingKey("command", section: "secrets.\(entry.key)"), atKeyOf: entry)
      }
      return command.map { .command($0) }
    }
    if mapping["command"] != nil {
      reading.report(.exclusiveKeys("command", "env"), atKeyOf: field)
    }
    guard let name = reading.text(field.value, what: "`secrets.\(entry.key).env`") else {
      return nil
    }
    guard Reading.isVariableName(name) else {
      reading.report(.badVariableName(name), at: field.value)
      return nil
    }
    return .variable(name)
  }
}
