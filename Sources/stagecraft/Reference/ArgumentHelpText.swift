// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the argument parser knows of one argument, flag or option, and the words that pages make of it.

/// One argument, flag or option of a command.
struct ArgumentHelpText: Decodable, Sendable {
  /// A name with its dashes taken away.
  struct Name: Decodable, Sendable {
    let kind: String
    let name: String

    var text: String { (kind == "short" ? "-" : "--") + name }
  }

  let kind: String
  let names: [Name]?
  let valueName: String?
  let abstract: String?
  let isOptional: Bool
  let isRepeating: Bool
  let defaultValue: String?
  let allValues: [String]?
  let sectionTitle: String?
  let shouldDisplay: Bool?

  /// Whether every command takes it.
  var isGlobal: Bool { sectionTitle == "Global Options" }

  /// Whether the parser adds it by itself, or nobody is to see it.
  var isBuiltIn: Bool {
    shouldDisplay == false || names?.contains { $0.name == "help" } == true
  }

  /// Arguments, each `--no-…` behind the flag that it turns off.
  static func joined(_ arguments: [ArgumentHelpText]) -> [ArgumentHelpText] {
    arguments.filter { argument in
      guard argument.kind == "flag", let name = argument.names?.first?.name,
        name.hasPrefix("no-")
      else { return true }
      let plain = String(name.dropFirst(3))
      return !arguments.contains { $0.names?.contains { $0.name == plain } == true }
    }
  }

  /// The values that it takes, as one word.
  var value: String {
    if kind == "flag" { return "" }
    if let allValues, !allValues.isEmpty { return allValues.joined(separator: "|") }
    return valueName ?? "value"
  }

  /// How it is typed: `--jobs COUNT`, `[SERVICE ...]`.
  var usage: String {
    if kind == "positional" {
      let word = value.contains(" ") ? value : value.uppercased()
      let many = isRepeating && !value.contains(" ") ? word + " ..." : word
      return isOptional ? "[\(many)]" : many
    }
    return "[\(longest)\(kind == "flag" ? "" : " " + valueWord)]"
  }

  /// Values that are listed stand as they are typed, others in capitals.
  private var valueWord: String { allValues == nil ? value.uppercased() : value }

  /// Its names, short ones first, with the value.
  var label: String {
    if kind == "positional" { return value.contains(" ") ? value : value.uppercased() }
    let text = (names ?? []).map(\.text).joined(separator: ", ")
    return kind == "flag" ? text : text + " " + valueWord
  }

  private var longest: String {
    (names ?? []).first { $0.kind != "short" }?.text ?? names?.first?.text ?? ""
  }

  /// What it is for, without what stands in brackets at its end.
  var meaning: String {
    guard notes != nil, let abstract, let open = abstract.lastIndex(of: "(") else {
      return self.abstract ?? ""
    }
    return abstract[..<open].dropLast() + "."
  }

  /// The value that counts where it is not given; empty where there is none.
  var fallback: String {
    if let defaultValue { return defaultValue }
    let parts = (notes ?? "").split(separator: "; ").map(String.init)
    return parts.first { $0.hasPrefix("default: ") }.map { String($0.dropFirst(9)) } ?? ""
  }

  /// The variables that stand for it.
  var variables: [String] {
    (notes ?? "").split { $0 == ";" || $0 == "," || $0 == " " }.map(String.init).filter { word in
      word.contains("_") && word.allSatisfy { $0 == "_" || ("A"..."Z").contains($0) }
    }
  }

  /// What stands in brackets at the end: variables and the default.
  private var notes: String? {
    guard var text = abstract else { return nil }
    if text.hasSuffix(").") { text.removeLast() }
    guard text.hasSuffix(")"), let open = text.lastIndex(of: "(") else { return nil }
    let inside = String(text[text.index(after: open)...].dropLast())
    let isAboutUse = inside.contains("default: ") || inside.hasPrefix("STAGECRAFT_")
    return isAboutUse || inside.hasPrefix("NO_COLOR") ? inside : nil
  }
}
