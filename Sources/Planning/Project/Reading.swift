// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What all readers of project nodes share: the list of faults found so far, places, and the small
// steps from a node to a checked value. Knows no key of the schema.

import YAML

/// The state of reading one file: its name and the faults found so far.
///
/// Steps return nil after they reported why, so that a caller never reports twice.
struct Reading {
  /// The file's path as shown to people.
  let file: String
  /// The faults so far, in the order found.
  var diagnostics: [Diagnostic] = []
  // Looking for a nearest name costs time for every candidate; a file with thousands of faults
  // gets them for the first ones only.
  private var suggestionBudget = 200_000

  /// Starts reading a file.
  init(file: String) {
    self.file = file
  }

  // MARK: places

  /// The place of a mark.
  func location(_ mark: Mark) -> SourceLocation {
    SourceLocation(file: file, line: mark.line, column: mark.column)
  }

  /// How many Unicode scalars a value spans; 1 when it goes on over several lines.
  func length(of node: Node) -> Int {
    node.start.line == node.end.line ? node.end.column - node.start.column : 1
  }

  /// A name that stands at a node.
  func reference(_ name: String, at node: Node) -> Reference {
    Reference(name: name, location: location(node.start), length: length(of: node))
  }

  /// Reports a fault of a value.
  mutating func report(_ code: Diagnostic.Code, at node: Node, notes: [Diagnostic.Note] = []) {
    report(code, from: node.start, to: node.end, notes: notes)
  }

  /// Reports a fault of a key.
  mutating func report(
    _ code: Diagnostic.Code, atKeyOf entry: Mapping.Entry, notes: [Diagnostic.Note] = []
  ) {
    report(code, from: entry.keyMark, to: entry.keyEnd, notes: notes)
  }

  /// Reports a fault of a name that was read before.
  mutating func report(_ code: Diagnostic.Code, at reference: Reference) {
    diagnostics.append(
      Diagnostic(
        code, at: reference.location, length: reference.length))
  }

  private mutating func report(
    _ code: Diagnostic.Code, from start: Mark, to end: Mark, notes: [Diagnostic.Note]
  ) {
    let length = start.line == end.line ? end.column - start.column : 1
    diagnostics.append(Diagnostic(code, at: location(start), length: length, notes: notes))
  }

  /// The nearest name, as long as the budget for looking lasts.
  mutating func nearest(to name: String, among candidates: some Collection<String>) -> String? {
    guard suggestionBudget > 0 else { return nil }
    suggestionBudget -= candidates.count
    return Suggestion.nearest(to: name, among: candidates)
  }

  // MARK: kinds

  /// The entries of a mapping.
  mutating func mapping(_ node: Node) -> Mapping? {
    guard case .mapping(let mapping) = node.value else {
      report(.wrongType(expected: "a mapping", found: node.words), at: node)
      return nil
    }
    return mapping
  }

  /// A text that is not empty; a number or a truth value is taken as it is written.
  mutating func text(_ node: Node, what: String = "the text") -> String? {
    guard case .scalar(let scalar) = node.value, !isNull(node, scalar) else {
      report(.wrongType(expected: "a text", found: node.words), at: node)
      return nil
    }
    guard !scalar.text.isEmpty else {
      report(.emptyValue(what), at: node)
      return nil
    }
    return scalar.text
  }

  /// The elements of a list of texts, each with its node; empty texts are allowed on demand.
  mutating func texts(_ node: Node, allowEmpty: Bool = false) -> [(text: String, node: Node)]? {
    guard case .sequence(let elements) = node.value else {
      report(.wrongType(expected: "a list of texts", found: node.words), at: node)
      return nil
    }
    var result: [(text: String, node: Node)] = []
    result.reserveCapacity(elements.count)
    for element in elements {
      if allowEmpty, case .scalar(let scalar) = element.value, !isNull(element, scalar) {
        result.append((scalar.text, element))
      } else if let text = text(element) {
        result.append((text, element))
      }
    }
    return result
  }

  /// A whole number within bounds.
  mutating func integer(_ node: Node, minimum: Int, maximum: Int? = nil) -> Int? {
    guard let value = node.int else {
      report(.wrongType(expected: "a whole number", found: node.words), at: node)
      return nil
    }
    guard value >= minimum, value <= maximum ?? .max else {
      report(.outOfRange(value, minimum: minimum, maximum: maximum), at: node)
      return nil
    }
    return value
  }

  // MARK: values

  /// Checks that a key is a name: letters, digits, `.`, `_`, `-`, starting with a letter or digit.
  mutating func checkName(of entry: Mapping.Entry) -> Bool {
    if Self.isName(entry.key) { return true }
    report(.badName(entry.key), atKeyOf: entry)
    return false
  }

  /// A path from the project root, normal; `.` for the root itself.
  mutating func path(_ node: Node, from directory: String = ".", what: String = "the path")
    -> String?
  {
    guard let text = text(node, what: what) else { return nil }
    switch RelativePath.resolve(text, from: directory) {
    case .inside(let path): return path.isEmpty ? "." : path
    case .absolute: report(.absolutePath(text), at: node)
    case .outside: report(.escapingPath(text), at: node)
    }
    return nil
  }

  /// Reports every key of a mapping that is not among `known`.
  mutating func checkKeys(of mapping: Mapping, known: [String]) {
    for entry in mapping.entries where !known.contains(entry.key) {
      reportUnknownKey(entry, known: known)
    }
  }

  /// Reports a key that the schema does not have.
  mutating func reportUnknownKey(_ entry: Mapping.Entry, known: [String]) {
    report(
      .unknownKey(entry.key, nearest: nearest(to: entry.key, among: known), known: known),
      atKeyOf: entry)
  }

  /// True for `[A-Za-z0-9][A-Za-z0-9._-]*`.
  static func isName(_ text: String) -> Bool {
    var first = true
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        break
      case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        if first { return false }
      default: return false
      }
      first = false
    }
    return !first
  }

  /// True for `[A-Za-z_][A-Za-z0-9_]*`.
  static func isVariableName(_ text: some StringProtocol) -> Bool {
    var first = true
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        break
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if first { return false }
      default: return false
      }
      first = false
    }
    return !first
  }

  // Only a plain scalar of at most four characters can be null, which spares the others the look
  // into the YAML rules.
  private func isNull(_ node: Node, _ scalar: Scalar) -> Bool {
    scalar.text.utf8.count <= 4 && node.isNull
  }
}
