// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A description of what a section may hold, and the check of a node against it. Used for sections
// that are kept as read; it knows no section by name.

import YAML

/// What a node may be.
indirect enum Schema: Sendable {
  /// One key of a record.
  struct Field: Sendable {
    /// The key.
    let name: String
    /// What its value may be.
    let schema: Schema
    /// Whether the key must be there.
    let isRequired: Bool

    /// A key that may be left out.
    init(_ name: String, _ schema: Schema) {
      self.init(name, schema, isRequired: false)
    }

    /// A key that must be there.
    static func required(_ name: String, _ schema: Schema) -> Field {
      Field(name, schema, isRequired: true)
    }

    private init(_ name: String, _ schema: Schema, isRequired: Bool) {
      self.name = name
      self.schema = schema
      self.isRequired = isRequired
    }
  }

  /// Anything at all.
  case any
  /// A text that is not empty.
  case text
  /// A text that may be empty, where that says something.
  case emptiableText
  /// A path that stays in the project.
  case path
  /// The name of an environment variable.
  case variableName
  /// A whole number.
  case integer(minimum: Int, maximum: Int?)
  /// `true` or `false`.
  case boolean
  /// One of some texts.
  case oneOf([String])
  /// A length of time; `0s` where it may be none.
  case duration(allowZero: Bool)
  /// A program with its arguments, or a text for `sh -c`.
  case command
  /// A number of hosts or a share of them.
  case share
  /// A list.
  case list(Schema)
  /// A mapping from names that the author chooses.
  case names(Schema)
  /// A mapping from environment variable names to texts.
  case variables
  /// A mapping with known keys.
  case record([Field])
  /// A choice among providers: `provider` names one, `providers` has the sections; more keys may
  /// stand beside them.
  case providers([Field], beside: [Field] = [])

  /// A whole number that is a TCP port.
  static var port: Schema { .integer(minimum: 1, maximum: 65535) }
}

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
    case .any: break
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
    case .share: _ = share(node, what: "`\(section)`")
    case .list(let element): checkList(node, element, section: section)
    case .names(let value):
      guard let mapping = mapping(node) else { return }
      for entry in mapping.entries where checkName(of: entry) {
        check(entry, value, section: "\(section).\(entry.key)")
      }
    case .variables: checkVariables(node)
    case .record(let fields): checkRecord(node, fields, section: section, owner: owner)
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
