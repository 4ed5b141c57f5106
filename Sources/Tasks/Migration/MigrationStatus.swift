// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a database says of all its migrations: the value that the observation gives. Knows no files.

/// What a database says of its migrations.
package struct MigrationStatus: JSONStorable, Hashable {
  /// Whether the database was asked; not where psql runs in a service of which nothing runs yet.
  package let isKnown: Bool
  /// Whether the table is there; the first migration makes it.
  package let hasTable: Bool
  /// Sorted by id, bytewise.
  package let records: [MigrationRecord]

  /// Makes a status.
  package init(isKnown: Bool = true, hasTable: Bool, records: [MigrationRecord]) {
    self.isKnown = isKnown
    self.hasTable = hasTable
    self.records = records
  }

  /// The row of a file.
  package func record(_ name: String) -> MigrationRecord? { records.first { $0.id == name } }

  /// The migrations that a rollback would leave in place: those that ran for one of `releases`, and
  /// those that ran for none later than `moment` (`2026-01-31T12:00:00Z`).
  ///
  /// A rollback never undoes them; they are named, so that somebody decides whether the older release
  /// can live with them.
  package func applied(after moment: String, orFor releases: Set<String>) -> [MigrationRecord] {
    records.filter { record in
      if let release = record.release, releases.contains(release) { return true }
      guard let time = record.appliedAt else { return false }
      return record.release == nil && time > moment
    }
  }
}
