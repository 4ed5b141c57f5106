// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks a database once which migrations it has. Changes nothing there, not even to make the table.

package import Cache
package import TaskGraph

/// Asks a database for its migrations.
package struct MigrationStatusTask: ObserveTask {
  package typealias Output = MigrationStatus

  package static let kind = "migration-status"
  package static let revision = 1

  package let id: TaskID
  package let database: MigrationDatabase

  /// A question to `database`.
  package init(id: TaskID, database: MigrationDatabase) {
    self.id = id
    self.database = database
  }

  /// The question without the connection's URL, which is a secret: it is not asked again by this.
  package var request: [UInt8] {
    var writer = RecordWriter()
    for text in [database.name, database.table, database.transport.summary] { writer.write(text) }
    return writer.bytes
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "database", database.name)
    manifest.add(.argument, "table", database.table)
  }

  package func parts(of status: MigrationStatus) -> [Observation] {
    guard status.isKnown else { return [Observation("database", "not asked")] }
    return status.records.map { Observation("migration \($0.id)", $0.appliedAt ?? "not applied") }
  }

  package func run(in context: TaskContext) async throws(TaskError) -> MigrationStatus {
    let answer = try await Psql(database).run(
      MigrationScript.status(of: database).input, isLook: true, in: context)
    if answer.has("nowhere") {
      return MigrationStatus(isKnown: false, hasTable: false, records: [])
    }
    guard answer.has("end") else {
      throw MigrationFault(database).failure(answer)
    }
    var records: [MigrationRecord] = []
    for row in answer.marks("row") {
      guard let record = MigrationRecord(json: row) else {
        throw TaskError(
          .unexpectedAnswer("psql"), "a row of `\(database.table)` could not be read",
          hint: "if another program made that table, name one of your own with `migrations.table`",
          logTail: [row])
      }
      records.append(record)
    }
    return MigrationStatus(hasTable: answer.has("table"), records: records)
  }
}
