// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What one environment says differently of a database. A value; DatabaseReader makes it.

/// One entry of an environment's `databases`; nil where the project's own settings count.
package struct DatabaseOverride: Sendable, Hashable {
  /// The database's name.
  package let name: Reference
  /// The variable that holds the connection's URL.
  package var connectionVariable: String?
  /// What reads the migrations.
  package var engine: String?
  /// The folder of migrations.
  package var path: Reference?
  /// When they run.
  package var strategy: DatabaseSettings.Strategy?
  /// The service in whose image `psql` runs.
  package var service: Reference?
  /// The table that says which migrations have run.
  package var table: String?
  /// How long one migration may take.
  package var timeout: Duration?

  /// Changes nothing of the database `name`.
  package init(name: Reference) { self.name = name }

  /// `settings` with what is said here.
  package func applied(to settings: DatabaseSettings) -> DatabaseSettings {
    var result = settings
    if let connectionVariable { result.connectionVariable = connectionVariable }
    if let engine { result.engine = engine }
    if let path { result.path = path }
    if let strategy { result.strategy = strategy }
    if let service { result.service = service }
    if let table { result.table = table }
    if let timeout { result.timeout = timeout }
    return result
  }
}
