// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A whole Compose application with all its values, secret ones among them: in memory only. What a
// record may keep of it is a digest with this machine's key.

package import Cache
import YAML

/// A Compose application as Compose resolved it, complete.
package struct ComposeApplication: Storable {
  /// The name of the Compose project that it was resolved under.
  package let project: String
  /// The canonical form: texts as they are meant, keys sorted, nothing that says nothing; files of
  /// the project as `./path`.
  let document: YAMLValue
  /// The same, read for planning; nothing secret is in it.
  package let model: ComposeModel
  /// A digest of all of it with this machine's key.
  package let fingerprint: Digest

  init(project: String, document: YAMLValue, model: ComposeModel, secretKey: [UInt8]) {
    self.project = project
    self.document = document
    self.model = model
    fingerprint = Digest.keyed(
      Array(project.utf8) + [0] + YAMLWriter.bytes(document), by: secretKey)
  }

  /// Writes no value: any text of an application may hold a secret.
  package func write(to writer: inout RecordWriter) {
    writer.write(project)
    writer.write(fingerprint)
  }

  /// Reads what is stored, which is an application without services.
  package init(from reader: inout RecordReader) throws(RecordError) {
    project = try reader.readString()
    fingerprint = try reader.readDigest()
    document = .mapping([])
    model = ComposeModel(services: [])
  }
}

extension ComposeApplication: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The names alone: values may be secrets.
  package var description: String { "application of \(model.services.count) services" }
  /// The names alone: values may be secrets.
  package var debugDescription: String { description }
  /// The names alone: values may be secrets.
  package var customMirror: Mirror {
    Mirror(self, children: ["services": model.services.map(\.name)])
  }
}

extension ComposeApplication {
  /// What stands for the value of each variable of each service, as `service.NAME`: digests with
  /// `key`, so that a record shows that a value changed and not which it was.
  package func variables(key: [UInt8]) -> [String: String] {
    var variables: [String: String] = [:]
    for service in document["services"]?.entries ?? [] {
      for variable in service.value["environment"]?.entries ?? [] {
        let value = Array((variable.value.text ?? "").utf8)
        variables["\(service.key).\(variable.key)"] = Digest.keyed(value, by: key).hex
      }
    }
    return variables
  }
}
