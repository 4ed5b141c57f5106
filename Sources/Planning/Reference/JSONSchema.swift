// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The JSON schema of stagecraft.yml, for editors: what the reader checks, as far as a schema can say
// it. References between tasks, hosts and services are the reader's alone.

import TaskGraph

/// The JSON schema of stagecraft.yml, in draft 7, which editors know best.
package enum JSONSchema {
  /// Where a project keeps its copy, from its root; `init` names it in the project file.
  package static let projectPath = ".stagecraft/schema.json"

  /// The schema as the text of a file, ending with a line break.
  package static var text: [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.object { writer in
      writer.member("$schema", "http://json-schema.org/draft-07/schema#")
      writer.member("title", "stagecraft.yml")
      writer.member("description", "what Stagecraft knows of a Compose application")
      writer.member("type", "object")
      writeRecord(ProjectSchema.file, others: nil, exclusive: [], &writer)
      // A place for YAML anchors, as in Compose.
      writer.key("patternProperties")
      writer.object { writer in
        writer.key("^x-")
        writer.object { _ in }
      }
    }
    writer.endLine()
    return writer.bytes
  }

  private static let name = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
  private static let variable = "^[A-Za-z_][A-Za-z0-9_]*$"
  private static let host = "^[A-Za-z0-9:._][A-Za-z0-9:._-]*(@[A-Za-z0-9:._][A-Za-z0-9:._-]*)?$"
  private static let scalars = ["string", "number", "boolean"]

  /// Writes a schema as an object; `field` adds what people read.
  private static func write(
    _ schema: Schema, _ field: Schema.Field?, _ writer: inout JSONWriter
  ) {
    writer.object { writer in
      if let field { writeWords(field, &writer) }
      writeMembers(schema, &writer)
    }
  }

  private static func writeWords(_ field: Schema.Field, _ writer: inout JSONWriter) {
    let later = field.arrivesWith.map { " (no effect yet: it arrives with `\($0)`)" } ?? ""
    writer.member("description", field.about + later)
    guard let fallback = field.fallback else { return }
    writer.key("default")
    if case .integer = field.schema, let number = Int64(fallback) {
      writer.integer(number)
    } else if case .boolean = field.schema {
      writer.bool(fallback == "true")
    } else {
      writer.string(fallback)
    }
  }

  private static func writeMembers(_ schema: Schema, _ writer: inout JSONWriter) {
    switch schema {
    case .any: break
    case .nothing: writer.member("type", "null")
    case .emptiableText: writeList("type", scalars, &writer)
    case .text:
      writeList("type", scalars, &writer)
      writer.member("minLength", 1)
    case .name: writeText(name, alsoNumber: true, &writer)
    case .path: writeText("^(?!/)(?!\\.\\.(/|$))", alsoNumber: true, &writer, minimum: 1)
    case .pattern(let allowsExclusion):
      writeText(
        allowsExclusion ? "^!?[^/!]" : "^[^/!]", alsoNumber: true, &writer, minimum: 1)
    case .variableName: writeText(variable, &writer)
    case .variableEntry: writeText("^[A-Za-z_][A-Za-z0-9_]*(=[\\s\\S]*)?$", &writer)
    case .host: writeText(host, alsoNumber: true, &writer)
    case .integer(let minimum, let maximum):
      writer.member("type", "integer")
      writer.member("minimum", minimum)
      if let maximum { writer.member("maximum", maximum) }
    case .boolean: writer.member("type", "boolean")
    case .oneOf(let values): writeList("enum", values, &writer)
    case .duration(let allowZero):
      let some = "(?=.*[1-9])(?=.)([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?"
      writeText(allowZero ? "^(0s|\(some))$" : "^\(some)$", &writer)
    case .size: writeText("^0*[1-9][0-9]* *(B|[kK]B|MB|GB|TB|KiB|MiB|GiB|TiB)$", &writer)
    case .share:
      writeChoice(
        [
          {
            $0.member("type", "integer"); $0.member("minimum", 1)
          },
          { writeText("^0*([1-9][0-9]*|([1-9][0-9]?|100)%)$", &$0) },
        ], &writer)
    case .command:
      writeChoice(
        [
          { writeText("[^ \\t\\n]", alsoNumber: true, &$0) },
          { writeArguments(&$0) },
        ], &writer)
    case .arguments: writeArguments(&writer)
    case .list(let element): writeList(element, minimum: 0, isSet: false, &writer)
    case .set(let element, let minimum):
      writeList(element, minimum: minimum, isSet: true, &writer)
    case .keyed(let key, let value): writeKeyed(key, value, &writer)
    case .variables: writeKeyed(.variable, .choice([.emptiableText, .nothing]), &writer)
    case .record(let fields, let others, let exclusive, let pairs):
      writer.member("type", "object")
      writeRecord(fields, others: others, exclusive: exclusive, &writer)
      if !pairs.isEmpty { writePairs(pairs, &writer) }
    case .providers(let providers, let beside):
      writer.member("type", "object")
      writeProviders(providers, beside: beside, &writer)
    case .choice(let forms):
      writeChoice(forms.map { form in { writeMembers(form, &$0) } }, &writer)
    case .apart(let schema): writeMembers(schema, &writer)
    }
  }

  /// A text of a form; YAML makes numbers of some texts, which the reader takes as they are written.
  private static func writeText(
    _ pattern: String, alsoNumber: Bool = false, _ writer: inout JSONWriter, minimum: Int? = nil
  ) {
    if alsoNumber {
      writeList("type", scalars, &writer)
    } else {
      writer.member("type", "string")
    }
    if let minimum { writer.member("minLength", minimum) }
    writer.member("pattern", pattern)
  }

  private static func writeList(
    _ name: String, _ values: [String], _ writer: inout JSONWriter
  ) {
    writer.key(name)
    writer.line { writer in
      writer.array { writer in
        for value in values { writer.string(value) }
      }
    }
  }

  private static func writeChoice(
    _ forms: [(inout JSONWriter) -> Void], _ writer: inout JSONWriter
  ) {
    writer.key("anyOf")
    writer.array { writer in
      for form in forms { writer.object { form(&$0) } }
    }
  }

  private static func writeArguments(_ writer: inout JSONWriter) {
    writer.member("type", "array")
    writer.key("items")
    writer.array { writer in write(.text, nil, &writer) }
    writer.key("additionalItems")
    write(.emptiableText, nil, &writer)
    writer.member("minItems", 1)
  }

  private static func writeList(
    _ element: Schema, minimum: Int, isSet: Bool, _ writer: inout JSONWriter
  ) {
    writer.member("type", "array")
    writer.key("items")
    write(element, nil, &writer)
    if minimum > 0 { writer.member("minItems", minimum) }
    if isSet { writer.member("uniqueItems", true) }
  }

  private static func writeKeyed(
    _ key: Schema.Key, _ value: Schema, _ writer: inout JSONWriter
  ) {
    writer.member("type", "object")
    writer.key("propertyNames")
    writer.object { writer in
      let pattern =
        switch key {
        case .name: name
        case .variable: variable
        case .host: host
        }
      writer.member("pattern", pattern)
    }
    writer.key("additionalProperties")
    write(value, nil, &writer)
  }

  private static func writeRecord(
    _ fields: [Schema.Field], others: Schema?, exclusive: [String], _ writer: inout JSONWriter
  ) {
    writer.key("properties")
    writer.object { writer in
      for field in fields {
        writer.key(field.name)
        write(field.schema, field, &writer)
      }
    }
    writer.key("additionalProperties")
    if let others { write(others, nil, &writer) } else { writer.bool(false) }
    let required = fields.filter(\.isRequired).map(\.name)
    if !required.isEmpty { writeList("required", required, &writer) }
    guard !exclusive.isEmpty else { return }
    writer.key("not")
    writer.object { writeList("required", exclusive, &$0) }
  }

  private static func writePairs(_ pairs: [String: String], _ writer: inout JSONWriter) {
    writer.key("dependencies")
    writer.object { writer in
      for (key, other) in pairs.sorted(by: { $0.key < $1.key }) {
        writeList(key, [other], &writer)
      }
    }
  }

  private static func writeProviders(
    _ providers: [Schema.Field], beside: [Schema.Field], _ writer: inout JSONWriter
  ) {
    let fields: [Schema.Field] =
      [
        .required(
          "provider", .oneOf(providers.map(\.name)), "which of the providers is used"),
        .required(
          "providers", .record(providers), "the settings of providers; the one used must be there"),
      ] + beside
    writeRecord(fields, others: nil, exclusive: [], &writer)
    writer.key("allOf")
    writer.array { writer in
      for provider in providers { writeDemand(provider.name, &writer) }
    }
  }

  /// Where a provider is chosen, it has a section.
  private static func writeDemand(_ provider: String, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("if")
      writeProperty("provider", &writer) { $0.member("const", provider) }
      writer.key("then")
      writeProperty("providers", &writer) { writeList("required", [provider], &$0) }
    }
  }

  private static func writeProperty(
    _ name: String, _ writer: inout JSONWriter, _ body: (inout JSONWriter) -> Void
  ) {
    writer.object { writer in
      writer.key("properties")
      writer.object { writer in
        writer.key(name)
        writer.object { body(&$0) }
      }
    }
  }
}
