// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is told of a migration that was interrupted: whether the database has undone it. Sentences alone.

import TaskGraph

extension MigrationFault {
  /// Whether a session was ended from outside: by us, as far as an interrupted run knows.
  static func wasEnded(_ answer: PsqlAnswer) -> Bool {
    answer.error.map { ["57014", "57P01"].contains($0.code) } ?? false
  }

  /// It was ended in the database, and its transaction with it.
  static func rolledBack(_ file: MigrationFile, in database: MigrationDatabase) -> TaskError {
    TaskError(
      .signaled(2), "`\(file.path)` was interrupted and rolled back in `\(database.name)`",
      hint: "the next run applies it")
  }

  /// Nobody could end it.
  static func unended(_ file: MigrationFile, in database: MigrationDatabase) -> TaskError {
    TaskError(
      .signaled(2), "`\(file.path)` was interrupted and may still run in `\(database.name)`",
      hint: "it could not be ended there: look in `pg_stat_activity`; the next run waits for it")
  }
}
