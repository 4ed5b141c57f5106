// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A database with migrations, as stagecraft.yml describes it. Connects to nothing.

/// One entry of `databases:` that has migrations.
package struct DatabaseSettings: Sendable, Hashable {
  /// When its migrations run.
  package enum Strategy: String, Sendable, Hashable, CaseIterable {
    /// Before any container is replaced.
    case preDeploy = "pre_deploy"
    /// After all hosts run the release.
    case postDeploy = "post_deploy"
    /// By `stagecraft migrate` alone.
    case manual
  }

  /// The name, unique in the project.
  package let name: String
  /// The variable that holds the connection's URL.
  package var connectionVariable: String
  /// What reads the migrations; `raw` is the only one.
  package var engine: String
  /// The folder of migrations, from the project root.
  package var path: Reference
  /// When they run.
  package var strategy: Strategy
  /// The service in whose image `psql` runs, in a container of its own; nil for the operator's.
  package var service: Reference?
  /// The table that says which migrations have run.
  package var table: String
  /// How long one migration may take; nil for no limit.
  package var timeout: Duration?
  /// Where its name stands.
  package let location: SourceLocation

  /// The table when none is named.
  package static let defaultTable = "stagecraft_migrations"

  /// Makes settings from their parts.
  package init(
    name: String, connectionVariable: String, engine: String = "raw", path: Reference,
    strategy: Strategy = .preDeploy, service: Reference? = nil, table: String = defaultTable,
    timeout: Duration? = nil, location: SourceLocation
  ) {
    self.name = name
    self.connectionVariable = connectionVariable
    self.engine = engine
    self.path = path
    self.strategy = strategy
    self.service = service
    self.table = table
    self.timeout = timeout
    self.location = location
  }
}
