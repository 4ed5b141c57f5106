// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Applies the migrations that a database lacks, one after the other, each exactly once whoever else
// does the same at the same time. Satisfied where the database says that it has them all.

package import Cache
package import TaskGraph

/// Applies pending migrations.
package struct MigrationApply: EffectTask {
  package typealias Output = AppliedMigrations

  package static let kind = "migration-apply"
  package static let revision = 1

  package let id: TaskID
  package let database: MigrationDatabase
  package let status: TaskRef<MigrationStatus>
  /// Who does it: `user@machine`.
  package let owner: String
  /// The right to change the hosts, under which it is done for a release; nil where it is done for none.
  package let lease: Lease?

  /// Makes a task.
  package init(
    id: TaskID, database: MigrationDatabase, status: TaskRef<MigrationStatus>, owner: String,
    lease: Lease? = nil
  ) {
    self.id = id
    self.database = database
    self.status = status
    self.owner = owner
    self.lease = lease
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "database", database.name)
    manifest.add(.argument, "folder", database.folder)
    manifest.add(.argument, "table", database.table)
    manifest.add(.argument, "transport", database.transport.summary)
    try await context.describeInputs(["*.sql"], below: database.folder, except: [], into: &manifest)
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<AppliedMigrations> {
    if let reason = try reason(in: context) { return .differs(reason) }
    let count = try review(in: context).0.files.count
    let word =
      count == 0 ? "no migrations in `\(database.folder)`" : "all \(count) applied"
    return .holds(AppliedMigrations(database: database.name), word)
  }

  /// Why there is something to apply; nil where there is nothing.
  func reason(in context: TaskContext) throws(TaskError) -> String? {
    let (folder, review) = try review(in: context)
    if let obstacle = review.obstacle(in: database) { throw obstacle }
    guard try context.output(of: status).isKnown || folder.files.isEmpty else {
      return "the database was not asked: its service does not run yet"
    }
    let pending = review.pending.count + review.entries(.running).count
    return pending > 0 ? "\(pending) pending" : nil
  }

  /// What the database says stays so, whatever is laid on its host.
  package func isDecided(in context: TaskContext) -> Bool { context.settled(status) != nil }

  package func run(in context: TaskContext) async throws(TaskError) -> AppliedMigrations {
    let (folder, review) = try review(in: context)
    if let obstacle = review.obstacle(in: database) { throw obstacle }
    let open = Set((review.pending + review.entries(.running)).map(\.name))
    let files = folder.files.filter { open.contains($0.name) }
    // All of them are looked at before the first one runs.
    let scripts = try files.map { (file) throws(TaskError) in try file.script() }
    for entry in review.entries(.running) where !files.contains(where: { $0.name == entry.name }) {
      context.log("`\(entry.name)` broke off in the database and is not in `\(database.folder)`")
    }
    var applied: [String] = []
    var skipped: [String] = []
    let release = try await lease?.releaseName(in: context).id
    for (file, script) in zip(files, scripts) {
      if Task.isCancelled { throw TaskError.interrupted }
      if try await apply(file, script, for: release, in: context) {
        applied.append(file.name)
      } else {
        skipped.append(file.name)
      }
    }
    return AppliedMigrations(database: database.name, applied: applied, skipped: skipped)
  }

  private func review(
    in context: TaskContext
  ) throws(TaskError) -> (MigrationFolder, MigrationReview) {
    let folder = try MigrationFolder.read(database.folder, in: context)
    return (folder, MigrationReview(folder, try context.output(of: status)))
  }

  /// Applies one file; false where another run has done so meanwhile.
  private func apply(
    _ file: MigrationFile, _ script: MigrationFile.Script, for release: String?,
    in context: TaskContext
  ) async throws(TaskError) -> Bool {
    let session = "stagecraft " + String(UInt64.random(in: .min ... .max), radix: 36)
    let sent = MigrationScript.apply(
      file, script, to: database, by: owner, release: release, session: session)
    context.log("applying `\(file.name)`")
    let answer: PsqlAnswer
    do throws(TaskError) {
      answer = try await Psql(database).run(
        sent.input, limit: database.timeout, session: session, in: context)
    } catch {
      if error.code == .cancelled { throw MigrationFault.unended(file, in: database) }
      // Where a statement did not let itself be cancelled, its session was ended.
      let wasEnded = Task.isCancelled && error.code == .unavailable("database")
      throw wasEnded && script.isTransactional
        ? MigrationFault.rolledBack(file, in: database) : error
    }
    for notice in answer.notices { context.log("\(file.name): \(notice)") }
    if let known = answer.marks("known").first {
      try check(known, file)
      context.log("skipping already applied migration `\(file.name)`")
      return false
    }
    guard answer.status == 0, answer.has("done") else {
      let fault = MigrationFault(database)
      if Task.isCancelled, script.isTransactional, MigrationFault.wasEnded(answer) {
        throw MigrationFault.rolledBack(file, in: database)
      }
      if fault.isHarmless(answer, in: file, script, sent: sent) {
        // Nothing took effect, so nothing is to be settled by a person.
        _ = try await Psql(database).run(
          MigrationScript.forget(file.name, in: database).input, limit: database.timeout,
          in: context)
      }
      throw fault.failure(answer, in: file, script, sent: sent)
    }
    context.log("applied migration `\(file.name)`")
    return true
  }

  /// What the database turned out to know of a file, under the lock.
  private func check(_ known: String, _ file: MigrationFile) throws(TaskError) {
    let parts = known.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    let state = parts.first ?? ""
    let checksum = parts.count > 1 ? String(parts[1]) : ""
    guard state == "applied" else {
      throw MigrationReview.brokeOff(
        file.name, by: parts.count > 2 ? String(parts[2]) : "", in: database)
    }
    guard checksum.isEmpty || checksum == file.checksum.hex else {
      throw MigrationReview.changed(
        file.name, recorded: checksum, found: file.checksum.hex, in: database)
    }
  }
}
