// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a database says of one migration: a row of its table, as a value.

/// A row of the table of migrations.
package struct MigrationRecord: JSONStorable, Hashable {
  /// The name of the file.
  package let id: String
  /// SHA-256 of the file that ran, in hexadecimal; nil in a table of an older program.
  package let checksum: String?
  /// `applied`; `running` while one without a transaction runs, and after it broke off.
  package let state: String
  /// `2026-01-31T12:00:00Z`.
  package let appliedAt: String?
  /// Who ran it.
  package let appliedBy: String?
  /// The release that it ran for; nil where it ran for none.
  package let release: String?

  /// Makes a row.
  package init(
    id: String, checksum: String?, state: String = "applied", appliedAt: String? = nil,
    appliedBy: String? = nil, release: String? = nil
  ) {
    self.id = id
    self.checksum = checksum
    self.state = state
    self.appliedAt = appliedAt
    self.appliedBy = appliedBy
    self.release = release
  }

  /// Whether it ran to its end.
  package var isApplied: Bool { state == "applied" }
}
