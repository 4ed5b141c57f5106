// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A database with migrations as tasks need it: where the files are, which variable leads to it, how
// psql gets there. A value without secrets.

/// A database with migrations.
package struct MigrationDatabase: Sendable, Hashable {
  /// As in stagecraft.yml.
  package let name: String
  /// The variable that holds the connection's URL.
  package let variable: String
  /// The folder of migrations, from the project's root.
  package let folder: String
  /// The table that says which migrations have run; may begin with a schema and a dot.
  package let table: String
  /// How long one migration may take; nil for no limit.
  package let timeout: Duration?
  /// How psql gets there.
  package let transport: PsqlTransport

  /// The table when none is named.
  package static let defaultTable = "stagecraft_migrations"

  /// Makes a value.
  package init(
    name: String, variable: String, folder: String, table: String = defaultTable,
    timeout: Duration? = nil, transport: PsqlTransport = .local
  ) {
    self.name = name
    self.variable = variable
    self.folder = folder
    self.table = table
    self.timeout = timeout
    self.transport = transport
  }
}
