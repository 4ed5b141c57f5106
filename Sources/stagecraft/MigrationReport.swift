// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What commands print of migrations. Pure functions of reviews.

import TaskGraph
import Tasks

/// Puts reviews of migrations into words.
enum MigrationReport {
  /// What would be applied, and the hooks that run before and after it.
  static func plan(
    _ review: MigrationReview, hooks: (before: [String], after: [String])
  ) -> String {
    let pending = review.pending
    var text = "Migration plan (\(pending.count) pending):\n"
    for entry in pending {
      let name = TerminalText.sanitized(entry.name)
      text += "  - \(name): SQL migration: \(name) [pending]\n"
    }
    guard !pending.isEmpty else { return text }
    for (word, names) in [("before", hooks.before), ("after", hooks.after)] where !names.isEmpty {
      text += "Hooks \(word) it: \(names.map(TerminalText.sanitized).joined(separator: ", "))\n"
    }
    return text
  }

  /// A table for each database.
  static func status(
    _ reviews: [(database: MigrationDatabase, review: MigrationReview)]
  ) -> String {
    var text = ""
    for (database, review) in reviews {
      if !text.isEmpty { text += "\n" }
      text += "database \(database.name) (\(database.folder), table \(database.table))\n"
      guard !review.entries.isEmpty else {
        text += "  no migrations\n"
        continue
      }
      let rows =
        [["MIGRATION", "STATE", "APPLIED AT", "CHECKSUM", "BY", "RELEASE"]]
        + review.entries.map { entry in
          [
            entry.name, entry.state.rawValue, entry.record?.appliedAt ?? "-", checksum(entry),
            entry.record?.appliedBy ?? "-", entry.record?.release ?? "-",
          ].map(TerminalText.sanitized)
        }
      text += table(rows)
    }
    return text
  }

  private static func checksum(_ entry: MigrationReview.Entry) -> String {
    switch entry.state {
    case .pending, .missing: "-"
    case .changed: "differs"
    case .applied, .running: entry.record?.checksum == nil ? "unknown" : "ok"
    }
  }

  private static func table(_ rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      var line = " "
      for (column, cell) in row.enumerated() {
        line += " " + cell
        if column < row.count - 1 {
          line += String(repeating: " ", count: widths[column] - cell.count + 1)
        }
      }
      return line + "\n"
    }.joined()
  }

  /// One object with all databases.
  static func json(
    _ reviews: [(database: MigrationDatabase, review: MigrationReview)]
  ) -> [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.object { writer in
      writer.member("version", 1)
      writer.key("databases")
      writer.array { writer in
        for (database, review) in reviews {
          writer.object { writer in
            writer.member("name", database.name)
            writer.member("folder", database.folder)
            writer.member("table", database.table)
            writer.member("pending", review.pending.count)
            writer.key("migrations")
            writer.array { writer in
              for entry in review.entries { writer.line { $0.write(entry) } }
            }
          }
        }
      }
    }
    writer.endLine()
    return writer.takeBytes()
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ entry: MigrationReview.Entry) {
    object { writer in
      writer.member("id", entry.name)
      writer.member("state", entry.state.rawValue)
      writer.member("checksum", entry.checksum)
      writer.member("applied_checksum", entry.record?.checksum)
      writer.member("applied_at", entry.record?.appliedAt)
      writer.member("applied_by", entry.record?.appliedBy)
      writer.member("release", entry.record?.release)
    }
  }
}
