// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Values that several sections of a project share: commands, lengths of time, choices, hosts. Knows
// no key of the schema.

import YAML

extension Reading {
  /// A program with its arguments as a list, or a text for `sh -c`.
  mutating func command(_ node: Node, what: String) -> TaskDefinition.Command? {
    switch node.value {
    case .scalar:
      guard let line = text(node, what: what) else { return nil }
      guard line.utf8.contains(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x09 }) else {
        report(.emptyValue(what), at: node)
        return nil
      }
      return .shell(line)
    case .sequence: return arguments(node, what: what).map { .arguments($0) }
    case .mapping:
      report(.wrongType(expected: "a list of texts or a text", found: node.words), at: node)
      return nil
    }
  }

  /// A program with its arguments.
  mutating func arguments(_ node: Node, what: String) -> [String]? {
    guard let arguments = texts(node, allowEmpty: true) else { return nil }
    let isWhole = node.sequence?.count == arguments.count
    guard let program = arguments.first, !program.text.isEmpty else {
      if isWhole { report(.emptyValue(what), at: node) }
      return nil
    }
    return isWhole ? arguments.map(\.text) : nil
  }

  /// A length of time; `0s` where it may be none.
  mutating func duration(_ node: Node, allowZero: Bool = false, what: String) -> Duration? {
    guard let text = text(node, what: what) else { return nil }
    if allowZero && text == "0s" { return .zero }
    guard let duration = Quantity.duration(text) else {
      report(.badDuration(text), at: node)
      return nil
    }
    return duration
  }

  /// The Compose files that `compose` names: one, or several that are there once each.
  mutating func composeFiles(_ entry: Mapping.Entry) -> [Reference] {
    guard case .sequence(let nodes) = entry.value.value else {
      return path(entry.value).map { [reference($0, at: entry.value)] } ?? []
    }
    if nodes.isEmpty { report(.emptyValue("`compose`"), at: entry.value) }
    var files: [Reference] = []
    for node in nodes {
      guard let path = path(node) else { continue }
      if files.contains(where: { $0.name == path }) {
        report(.repeatedName(path), at: node)
      }
      files.append(reference(path, at: node))
    }
    return files
  }

  /// One of some texts.
  mutating func choice(_ node: Node, of allowed: [String], what: String) -> String? {
    guard let text = text(node, what: what) else { return nil }
    guard allowed.contains(text) else {
      report(
        .notOneOf(text, allowed: allowed, nearest: nearest(to: text, among: allowed)), at: node)
      return nil
    }
    return text
  }

  /// A number of hosts or a share of them.
  mutating func share(_ node: Node, what: String) -> HostShare? {
    guard let text = text(node, what: what) else { return nil }
    guard let share = HostShare(text) else {
      report(.badShare(text), at: node)
      return nil
    }
    return share
  }

  /// An ssh destination: an alias, `user@host` or an address.
  mutating func host(_ node: Node) -> Reference? {
    guard let text = text(node, what: "the host") else { return nil }
    guard Self.isHost(text) else {
      report(.badHostName(text), at: node)
      return nil
    }
    return reference(text, at: node)
  }

  /// True for letters, digits, `.`, `_`, `-`, `:` and one `@` between two of them, not beginning with
  /// `-`: nothing that ssh could take for an option or a shell for more than a word.
  static func isHost(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.first != UInt8(ascii: "-")
          && part.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
              UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "_"),
              UInt8(ascii: "-"):
              true
            default: false
            }
          }
      }
  }
}
