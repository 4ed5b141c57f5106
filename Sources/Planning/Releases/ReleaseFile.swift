// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The bytes of releases.json: `{"releases": […]}`, two spaces a level. Reads and writes values; touches
// no file.

package import TaskGraph
import Tasks

/// The content of a releases.json.
enum ReleaseFile {
  private struct Content: JSONStorable {
    let releases: [ReleaseRecord]
  }

  /// The records in `bytes`, in their order; nil where it is something else.
  static func read(_ bytes: [UInt8]) -> [ReleaseRecord]? {
    Content(json: String(decoding: bytes, as: UTF8.self))?.releases
  }

  /// The file with `records` in their order.
  static func bytes(of records: [ReleaseRecord]) -> [UInt8] {
    var writer = JSONWriter(.pretty, reserving: records.count * 600 + 64)
    writer.object { writer in
      writer.key("releases")
      writer.array { writer in
        for record in records { record.write(to: &writer) }
      }
    }
    writer.endLine()
    return writer.takeBytes()
  }
}

extension ReleaseRecord {
  /// Writes the record as an object; `extra` adds members of its own at the end.
  package func write(to writer: inout JSONWriter, extra: (inout JSONWriter) -> Void = { _ in }) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("environment", environment)
      writer.member("version", version)
      writer.member("commit_sha", commitSHA)
      writer.member("timestamp", timestamp)
      writer.key("phases")
      writer.object { writer in
        for phase in DeployPhase.allCases {
          writer.member(phase.rawValue, status(of: phase).rawValue)
        }
      }
      if let previousID { writer.member("previous_id", previousID) }
      writer.member("kind", kind.rawValue)
      if let rolledBackTo { writer.member("rolled_back_to", rolledBackTo) }
      writer.member("owner", owner)
      writer.write("hosts", hosts.mapValues(\.rawValue))
      writer.write("images", images)
      if !folders.isEmpty { writer.write("folders", folders) }
      if !applied.isEmpty {
        writer.key("applied")
        writer.object { writer in
          let sorted = applied.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
          for (host, services) in sorted { writer.write(host, services) }
        }
      }
      if !scope.isEmpty { writer.member("scope", scope) }
      writer.key("reasons")
      writer.object { writer in
        for phase in DeployPhase.allCases {
          if let reason = reasons[phase] { writer.member(phase.rawValue, reason) }
        }
      }
      if !variables.isEmpty { writer.write("variables", variables) }
      if !updated.isEmpty { writer.member("updated", updated) }
      extra(&writer)
    }
  }
}

extension JSONWriter {
  /// Writes a member that is an object of texts, sorted by name.
  package mutating func write(_ name: String, _ values: [String: String]) {
    key(name)
    object { writer in
      let sorted = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (key, value) in sorted { writer.member(key, value) }
    }
  }
}
