// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes releases as JSON: what `releases` prints with `--format json`. Pure functions of records.

import Planning
import TaskGraph

/// Writes releases as JSON.
enum ReleaseJSON {
  /// Raised when a member changes its meaning or goes away.
  static let version = 1

  static func list(_ records: [ReleaseRecord], _ book: ReleaseBook) -> [UInt8] {
    object { writer in
      writer.key("releases")
      writer.array { writer in
        for record in records { write(record, book, to: &writer) }
      }
    }
  }

  static func one(_ record: ReleaseRecord, _ book: ReleaseBook) -> [UInt8] {
    object { writer in
      writer.key("release")
      write(record, book, to: &writer)
    }
  }

  static func difference(
    _ difference: ReleaseDifference, from old: String, to new: String
  ) -> [UInt8] {
    object { writer in
      writer.member("from", old)
      writer.member("to", new)
      write("facts", difference.facts, to: &writer)
      write("services", difference.services, to: &writer)
      write("hosts", difference.hosts, to: &writer)
      writer.member("variables", list: difference.variables.map(\.name))
    }
  }

  private static func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.object { writer in
      writer.member("version", version)
      body(&writer)
    }
    writer.endLine()
    return writer.takeBytes()
  }

  private static func write(
    _ record: ReleaseRecord, _ book: ReleaseBook, to writer: inout JSONWriter
  ) {
    record.write(to: &writer) { writer in writer.member("status", book.status(of: record)) }
  }

  private static func write(
    _ name: String, _ changes: [ReleaseDifference.Change], to writer: inout JSONWriter
  ) {
    writer.key(name)
    writer.array { writer in
      for change in changes {
        writer.line { writer in
          writer.object { writer in
            writer.member("name", change.name)
            writer.member("from", change.old)
            writer.member("to", change.new)
          }
        }
      }
    }
  }
}
