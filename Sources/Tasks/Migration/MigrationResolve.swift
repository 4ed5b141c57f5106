// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes down what a person found out about one migration: that it counts as applied, or as pending.
// Runs no migration.

package import Cache
package import TaskGraph

/// Settles how one migration stands.
package struct MigrationResolve: EffectTask {
  package typealias Output = AppliedMigrations

  /// What was found out.
  package enum Verdict: String, Sendable, Hashable, CaseIterable {
    case applied, pending
  }

  package static let kind = "migration-resolve"
  package static let revision = 1

  package let id: TaskID
  package let database: MigrationDatabase
  /// The name of the file.
  package let file: String
  package let verdict: Verdict
  /// Who found out: `user@machine`.
  package let owner: String

  /// Makes a task.
  package init(
    id: TaskID, database: MigrationDatabase, file: String, verdict: Verdict, owner: String
  ) {
    self.id = id
    self.database = database
    self.file = file
    self.verdict = verdict
    self.owner = owner
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "database", database.name)
    manifest.add(.argument, "table", database.table)
    manifest.add(.argument, "file", file)
    manifest.add(.argument, "verdict", verdict.rawValue)
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<AppliedMigrations> {
    .differs("asked for")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> AppliedMigrations {
    let script: MigrationScript
    switch verdict {
    case .applied:
      let folder = try MigrationFolder.read(database.folder, in: context)
      guard let found = folder.files.first(where: { $0.name == file }) else {
        throw TaskError(
          .input, "there is no migration `\(file)` in `\(database.folder)`",
          hint: "`stagecraft migrate status` lists them")
      }
      script = MigrationScript.record(found, in: database, by: owner)
    case .pending: script = MigrationScript.forget(file, in: database)
    }
    let answer = try await Psql(database).run(script.input, limit: database.timeout, in: context)
    guard answer.has("done") else { throw MigrationFault(database).failure(answer) }
    context.log("`\(file)` counts as \(verdict.rawValue) now")
    return AppliedMigrations(database: database.name)
  }
}
