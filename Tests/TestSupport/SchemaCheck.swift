// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Holds texts against a JSON schema with a validator that is not ours: Debian's python3-jsonschema, which
// scripts/setup installs. Knows nothing of what the texts mean.

import Foundation
import TaskGraph

/// A JSON schema that texts can be held against.
package struct SchemaCheck {
  /// A text, and whether the schema is to accept it; nil where the schema need not know.
  package struct Case {
    let name: String
    let text: String
    let format: String
    let accepts: Bool?

    /// A JSON text.
    package init(_ name: String, json: String, accepts: Bool) {
      self.name = name
      self.text = json
      self.format = "json"
      self.accepts = accepts
    }

    /// A YAML text, read by the core rules of YAML 1.2.
    package init(_ name: String, yaml: String, accepts: Bool?) {
      self.name = name
      self.text = yaml
      self.format = "yaml"
      self.accepts = accepts
    }
  }

  /// The root of the repository.
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private let schema: String

  /// A schema that is given as text.
  package init(schema: String) { self.schema = schema }

  /// A published schema, by the name of its file in `spec/schemas`.
  package init(published name: String) throws {
    schema = try String(
      contentsOf: Self.root.appendingPathComponent("spec/schemas/\(name)"), encoding: .utf8)
  }

  /// What is not as the cases say, one fault a line; empty where all is well.
  package func faults(_ cases: [Case]) throws -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("schema", schema)
      writer.key("cases")
      writer.array { writer in
        for item in cases {
          writer.object { writer in
            writer.member("name", item.name)
            writer.member(item.format, item.text)
            writer.key("accepts")
            if let accepts = item.accepts { writer.bool(accepts) } else { writer.null() }
          }
        }
      }
    }
    // Debian's own Python: another one on PATH need not have the validator.
    let system = "/usr/bin/python3"
    let isThere = FileManager.default.isExecutableFile(atPath: system)
    let script = Self.root.appendingPathComponent("scripts/lib/check-schema.py").path
    let checked = try Child.run(
      isThere ? system : "/usr/bin/env", (isThere ? [] : ["python3"]) + [script],
      input: Data(writer.bytes))
    return checked.output + (checked.status == 0 ? "" : checked.error)
  }
}
