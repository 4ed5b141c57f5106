// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a value may be, in words for people, and a value that shows it. A pure function of a schema.

/// Words for schemas.
enum SchemaWords {
  /// What a value may be.
  static func kind(_ schema: Schema) -> String {
    switch schema {
    case .any: "anything"
    case .nothing: "nothing"
    case .text: "text"
    case .emptiableText: "text, may be empty"
    case .name: "name"
    case .path: "path in the project"
    case .pattern: "path or glob"
    case .variableName: "name of a variable"
    case .variableEntry: "`NAME` or `NAME=value`"
    case .host: "ssh destination"
    case .integer(let minimum, let maximum):
      maximum.map { "\(minimum) to \($0)" } ?? "whole number, at least \(minimum)"
    case .boolean: "`true` or `false`"
    case .oneOf(let values): values.map { "`\($0)`" }.joined(separator: ", ")
    case .duration(let allowZero): allowZero ? "duration, or `0s`" : "duration"
    case .size: "size"
    case .command: "list of a program and arguments, or text for a shell"
    case .arguments: "list of a program and arguments"
    case .share: "number of hosts, or a share such as `25%`"
    case .list(let element): "list: \(kind(element))"
    case .set(let element, _): "list, each once: \(kind(element))"
    case .keyed(let key, let value):
      hasKeys(value) ? "mapping by \(word(key))" : "\(word(key)) → \(kind(value))"
    case .variables: "mapping from variables to texts"
    case .record, .providers: "mapping"
    case .choice(let forms): forms.map(kind).joined(separator: "; or ")
    case .apart(let inner): kind(inner)
    }
  }

  private static func hasKeys(_ schema: Schema) -> Bool {
    switch schema {
    case .record: true
    case .choice(let forms): forms.contains(where: hasKeys)
    default: false
    }
  }

  /// The word that stands for a key of the author's choice.
  static func key(_ key: Schema.Key) -> String {
    switch key {
    case .name: "NAME"
    case .variable: "VARIABLE"
    case .host: "HOST"
    }
  }

  private static func word(_ key: Schema.Key) -> String {
    switch key {
    case .name: "name"
    case .variable: "variable"
    case .host: "host"
    }
  }

  /// A value that somebody might write; nil where the kind says it, or where it has keys of its own.
  static func example(_ field: Schema.Field) -> String? {
    if let example = field.example { return example }
    switch field.schema {
    case .duration: return "90s"
    case .boolean: return field.fallback == "false" ? "true" : nil
    case .integer(let minimum, _): return field.fallback == nil ? "\(minimum)" : nil
    default: return nil
    }
  }
}
