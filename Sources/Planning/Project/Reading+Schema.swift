// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The check of a node against a schema: reports everything that is not allowed, each at its place.
// Knows no section by name.

import YAML

extension Reading {
  /// Reports everything in the value of `entry` that `schema` does not allow; `section` names it.
  mutating func check(_ entry: Mapping.Entry, _ schema: Schema, section: String) {
    check(entry.value, schema, section: section, owner: entry)
  }

  /// Reports everything in `node` that `schema` does not allow.
  ///
  /// `owner` is the entry whose value it is: what is missing in it is reported at the key.
  private mutating func check(
    _ node: Node, _ schema: Schema, section: String, owner: Mapping.Entry?
  ) {
    switch schema {
    // What stands apart has a reader, and what only such a reader meets is not checked twice.
    case .any, .apart, .choice, .nothing, .pattern, .variableEntry, .size, .host: break
    case .name:
      guard let text = text(node, what: "`\(section)`") else { return }
      if !Self.isName(text) { report(.badName(text), at: node) }
    case .text: _ = text(node, what: "`\(section)`")
    case .emptiableText:
      guard node.string?.isEmpty == true, !node.isNull else {
        _ = text(node, what: "`\(section)`")
        return
      }
    case .path: _ = path(node, what: "`\(section)`")
    case .variableName:
      guard let text = text(node, what: "`\(section)`") else { return }
      if !Self.isVariableName(text) { report(.badVariableName(text), at: node) }
    case .integer(let minimum, let maximum):
      _ = integer(node, minimum: minimum, maximum: maximum)
    case .boolean:
      if node.bool == nil {
        report(.wrongType(expected: "true or false", found: node.words), at: node)
      }
    case .oneOf(let allowed): _ = choice(node, of: allowed, what: "`\(section)`")
    case .duration(let allowZero):
      _ = duration(node, allowZero: allowZero, what: "`\(section)`")
    case .command: _ = command(node, what: "`\(section)`")
    case .arguments: _ = arguments(node, what: "`\(section)`")
    case .share: _ = share(node, what: "`\(section)`")
    case .list(let element), .set(let element, _): checkList(node, element, section: section)
    case .keyed(_, let value):
      guard let mapping = mapping(node) else { return }
      for entry in mapping.entries where checkName(of: entry) {
        check(entry, value, section: "\(section).\(entry.key)")
      }
    case .variables: checkVariables(node)
    case .record(let fields, _, _, _): checkRecord(node, fields, section: section, owner: owner)
    case .providers(let providers, let beside):
      checkProviders(node, providers, beside: beside, section: section, owner: owner)
    }
  }

  /// Reports a key that is not there, at the key of the mapping that lacks it.
  mutating func reportMissing(
    _ key: String, section: String, in node: Node, owner: Mapping.Entry?
  ) {
    let code = Diagnostic.Code.missingKey(key, section: section)
    if let owner { report(code, atKeyOf: owner) } else { report(code, at: node) }
  }

  private mutating func checkList(_ node: Node, _ element: Schema, section: String) {
    guard case .sequence(let elements) = node.value else {
      let expected = if case .text = element { "a list of texts" } else { "a list" }
      report(.wrongType(expected: expected, found: node.words), at: node)
      return
    }
    for item in elements { check(item, element, section: section, owner: nil) }
  }

  private mutating func checkVariables(_ node: Node) {
    guard let mapping = mapping(node) else { return }
    for entry in mapping.entries {
      if !Self.isVariableName(entry.key) { report(.badVariableName(entry.key), atKeyOf: entry) }
      if entry.value.kind != .scalar {
        report(.wrongType(expected: "a text", found: entry.value.words), at: entry.value)
      }
    }
  }

  private mutating func checkRecord(
    _ node: Node, _ fields: [Schema.Field], section: String, owner: Mapping.Entry?
  ) {
    guard let mapping = mapping(node) else { return }
    for entry in mapping.entries {
      if let field = fields.first(where: { $0.name == entry.key }) {
        check(entry, field.schema, section: "\(section).\(entry.key)")
      } else {
        reportUnknownKey(entry, known: fields.map(\.name))
      }
    }
    for field in fields where field.isRequired && mapping[field.name] == nil {
      reportMissing(field.name, section: section, in: node, owner: owner)
    }
  }

  private mutating func checkProviders(
    _ node: Node, _ providers: [Schema.Field], beside: [Schema.Field], section: String,
    owner: Mapping.Entry?
  ) {
    let fields: [Schema.Field] =
      [.required("provider", .text), .required("providers", .names(.any))] + beside
    let before = diagnostics.count
    checkRecord(node, fields, section: section, owner: owner)
    guard diagnostics.count == before, let mapping = node.mapping,
      let chosen = mapping["provider"], let id = chosen.string, let sections = mapping["providers"]
    else { return }
    let known = providers.map(\.name)
    for entry in sections.mapping?.entries ?? [] {
      if let provider = providers.first(where: { $0.name == entry.key }) {
        check(entry, provider.schema, section: "\(section).providers.\(entry.key)")
      } else {
        report(
          .unknownProvider(
            entry.key, area: section, known: known, nearest: nearest(to: entry.key, among: known)),
          atKeyOf: entry)
      }
    }
    if !known.contains(id) {
      report(
        .unknownProvider(
          id, area: section, known: known, nearest: nearest(to: id, among: known)), at: chosen)
    } else if sections.mapping?[id] == nil {
      report(.missingProviderSection(id, area: section), at: chosen)
    }
  }
}
