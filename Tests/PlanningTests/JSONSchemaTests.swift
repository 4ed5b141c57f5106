// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The JSON schema of stagecraft.yml against the reader: what the reader takes the schema takes, and
// what it refuses for its shape the schema refuses. Proves spec/cli/schema.md.

import Foundation
import TestSupport
import Testing

@testable import Planning

struct JSONSchemaTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func `the schema judges every project file of the repository as the reader does`() throws {
    let texts = try projectFiles() + literals()
    #expect(texts.count > 150)
    let judged = texts.map { (name: $0.name, yaml: $0.yaml, accepts: Self.accepts($0.yaml)) }
    #expect(judged.count { $0.accepts == true } > 30)
    #expect(judged.count { $0.accepts == false } > 50)
    let found = try disagreements(judged)
    #expect(found == "")
  }

  @Test func `every example of the reference is accepted by schema and reader`() throws {
    let examples = ProjectSchema.file.compactMap { field in
      field.example.map { example in
        let start = field.name == "project" ? "" : "project: { name: shop }\n"
        return (name: field.name, yaml: start + example + "\n")
      }
    }
    #expect(examples.count > 8)
    for example in examples {
      let file = SourceFile(path: example.name, text: example.yaml)
      let report = ProjectReader.read(file: file).diagnostics
      // An example shows one section: what it refers to in others is not there.
      let faults = report.filter { $0.severity == .error && !$0.code.isAboutOtherSections }
      #expect(faults.render(sources: [file]) == "")
    }
    let found = try disagreements(examples.map { ($0.name, $0.yaml, true) })
    #expect(found == "")
  }

  @Test func `every key says what it is for`() {
    var silent: [String] = []
    Self.visit(.record(ProjectSchema.file), "") { path, field in
      if field.about.isEmpty { silent.append(path) }
    }
    #expect(silent == [])
  }

  /// nil where the fault is none that a schema knows.
  private static func accepts(_ yaml: String) -> Bool? {
    let file = SourceFile(path: "stagecraft.yml", text: yaml)
    let faults = ProjectReader.read(file: file).diagnostics.filter { $0.severity == .error }
    if faults.isEmpty { return true }
    if faults.contains(where: { if case .yaml = $0.code { true } else { false } }) { return nil }
    return faults.contains { $0.code.isAboutShape } ? false : nil
  }

  private func disagreements(
    _ cases: [(name: String, yaml: String, accepts: Bool?)]
  ) throws -> String {
    try SchemaCheck(schema: String(decoding: JSONSchema.text, as: UTF8.self))
      .faults(cases.map { SchemaCheck.Case($0.name, yaml: $0.yaml, accepts: $0.accepts) })
  }

  /// Every stagecraft.yml of the examples and the golden cases.
  private func projectFiles() throws -> [(name: String, yaml: String)] {
    try ["examples", "Tests"].flatMap { folder in
      let base = Self.root.appendingPathComponent(folder)
      let found = try #require(FileManager.default.enumerator(atPath: base.path))
      return try found.compactMap { $0 as? String }.filter { $0.hasSuffix("stagecraft.yml") }
        .sorted().map { path in
          let file = base.appendingPathComponent(path)
          return ("\(folder)/\(path)", try String(contentsOf: file, encoding: .utf8))
        }
    }
  }

  /// Every text of several lines in the tests of the reader: they are project files, or nonsense.
  private func literals() throws -> [(name: String, yaml: String)] {
    let folder = Self.root.appendingPathComponent("Tests/PlanningTests")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasPrefix("Project") }.sorted().flatMap { name in
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      let matches = text.matches(of: /(#?)"""\n((?s).*?)\n( *)"""/)
      return matches.enumerated().compactMap { position, match -> (name: String, yaml: String)? in
        let (_, hash, body, indent) = match.output
        guard hash == "#" || !body.contains("\\") else { return nil }
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
          .map { $0.hasPrefix(indent) ? $0.dropFirst(indent.count) : $0 }
        return ("\(name) \(position)", lines.joined(separator: "\n") + "\n")
      }
    }
  }

  private static func visit(
    _ schema: Schema, _ path: String, _ body: (String, Schema.Field) -> Void
  ) {
    switch schema {
    case .record(let fields, let others, _, _):
      for field in fields {
        body("\(path).\(field.name)", field)
        visit(field.schema, "\(path).\(field.name)", body)
      }
      if let others { visit(others, "\(path).*", body) }
    case .providers(let fields, let beside):
      visit(.record(fields + beside), path, body)
    case .list(let inner), .set(let inner, _), .keyed(_, let inner), .apart(let inner):
      visit(inner, "\(path).*", body)
    case .choice(let forms): for form in forms { visit(form, path, body) }
    default: break
    }
  }
}

extension Diagnostic.Code {
  /// Whether a schema of one file can know this fault.
  fileprivate var isAboutShape: Bool {
    switch self {
    // The section `migrations` may say these for every database.
    case .missingKey("engine", _), .missingKey("path", _): false
    case .emptyFile, .unknownKey, .missingKey, .wrongType, .notOneOf, .badName, .badVariableName,
      .emptyValue, .badDuration, .badSize, .badHostName, .badShare, .exclusiveKeys, .outOfRange,
      .absolutePath, .excludedOutput, .unknownProvider, .missingProviderSection:
      // `enabled: true` and another strategy exclude each other by their values.
      if case .exclusiveKeys("enabled", _) = self { false } else { true }
    default: false
    }
  }

  fileprivate var isAboutOtherSections: Bool {
    switch self {
    case .unknownTask, .unknownPool, .unknownRole, .unknownHost, .unknownDatabase: true
    default: false
    }
  }
}
