// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Migrations as commands see them: applied through the engine, or only asked for and listed.

import Planning
import TaskGraph
import Tasks

extension Session {
  /// Applies what is pending, or with `isPlan` or `--dry-run` says what that would be.
  func migrate(
    _ request: MigrateRequest, isPlan: Bool, _ flags: RunFlags
  ) async throws -> ExitStatus {
    if isPlan || settings.isDryRun, request.resolution == nil {
      return try await showPending(in: request.database, flags.format)
    }
    if settings.isDryRun {
      console.note("would run `\(request.text)`")
      return .success
    }
    let result = try await execute(.migrate(request), flags)
    let done = result.effects.values.compactMap { $0 as? AppliedMigrations }
    if flags.format == .json {
      console.data(
        ReportJSON.render(result.report) { writer in
          writer.member("applied", list: done.flatMap(\.applied))
          writer.member("skipped", list: done.flatMap(\.skipped))
        })
    } else {
      for file in done.flatMap(\.applied) { console.data("Applied migration: \(file)\n") }
      for file in done.flatMap(\.skipped) {
        console.data("Skipping already applied migration: \(file)\n")
      }
    }
    return ExitStatus(result.report)
  }

  /// Lists what would be applied.
  private func showPending(in name: String, _ format: ReportFormat) async throws -> ExitStatus {
    let run = try reader(.migrate(MigrateRequest(database: name)))
    let settings = try MigrationPlanning.settings(named: name, among: run.workspace.databases)
    let (database, review) = try await self.review(of: settings, run)
    if format == .json {
      console.data(MigrationReport.json([(database, review)]))
    } else {
      console.data(MigrationReport.plan(review, hooks: run.migrationHooks))
    }
    if let obstacle = review.obstacle(in: database) { throw Self.told(obstacle) }
    for entry in review.entries(.running) {
      console.warning(
        "`\(TerminalText.sanitized(entry.name))` runs now or broke off: see `migrate status`")
    }
    return .success
  }

  /// Shows how migrations stand, of one database or of all.
  func showMigrations(of name: String?, _ format: ReportFormat) async throws -> ExitStatus {
    let run = try reader(.migrate(MigrateRequest(database: name ?? "main")))
    var settings = run.workspace.databases
    if let name {
      settings = [try MigrationPlanning.settings(named: name, among: settings)]
    } else if settings.isEmpty {
      _ = try MigrationPlanning.settings(named: "main", among: [])
    }
    var reviews: [(database: MigrationDatabase, review: MigrationReview)] = []
    for database in settings { reviews.append(try await review(of: database, run)) }
    switch format {
    case .json: console.data(MigrationReport.json(reviews))
    case .text: console.data(MigrationReport.status(reviews))
    }
    for (database, review) in reviews {
      for entry in review.entries(.missing) {
        console.warning(
          "`\(TerminalText.sanitized(entry.name))` is applied to `\(database.name)` and is not in "
            + "`\(database.folder)`")
      }
    }
    return reviews.contains { $0.review.obstacle(in: $0.database) != nil } ? .input : .success
  }

  /// Names the migrations that a rollback to `target` leaves in place; `records` is the history.
  func nameMigrations(
    since target: ReleaseRecord, _ records: [ReleaseRecord], _ run: GoalRun
  ) async {
    let later = records.filter {
      $0.environment == target.environment && $0.timestamp > target.timestamp
    }
    let answers = await run.migrations(after: target.timestamp, orFor: Set(later.map(\.id)))
    for (database, found) in answers {
      switch found {
      case .success(let left):
        for migration in left {
          console.warning(
            "migration `\(TerminalText.sanitized(migration.id))` of `\(database)` ran since and is "
              + "not undone")
        }
      case .failure(let error):
        console.warning(
          "which migrations of `\(database)` ran since is not known: \(error.message)")
      }
    }
  }

  private func review(
    of settings: DatabaseSettings, _ run: GoalRun
  ) async throws -> (database: MigrationDatabase, review: MigrationReview) {
    do {
      return try await run.review(of: settings)
    } catch let error as TaskError {
      throw Self.told(error)
    }
  }

  /// An error outside of a run, with the lines that belong to it.
  private static func told(_ error: TaskError) -> CommandFailure {
    let lines = error.logTail.map { "\n  " + TerminalText.sanitized($0) }.joined()
    return CommandFailure(ExitStatus(error.code), error.message + lines, hint: error.hint)
  }

  private func reader(_ goal: Goal) throws -> GoalRun {
    let place = try Place(settings)
    return try goalRun(
      goal, try loaded(place), RunFlags.Values(force: []), isReader: true, version: nil, place)
  }
}
