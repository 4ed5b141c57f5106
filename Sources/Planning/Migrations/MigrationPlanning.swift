// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Adds the migrations of databases to a graph: for a deploy, and for `stagecraft migrate` alone. Asks
// no database and reads no file.

package import TaskGraph
package import Tasks

/// Plans migrations.
package struct MigrationPlanning: Sendable {
  /// Who applies them: `user@machine`.
  package let owner: String
  /// The right to change hosts, where they belong to a release; nil for none.
  package let lease: Lease?

  /// A planner of migrations.
  package init(owner: String, lease: Lease? = nil) {
    self.owner = owner
    self.lease = lease
  }

  /// The databases whose migrations run then, as tasks need them.
  ///
  /// `transport` says how a database with a service is reached; without a service psql runs here.
  package static func databases(
    _ settings: [DatabaseSettings], strategy: DatabaseSettings.Strategy,
    transport: (_ service: Reference, DatabaseSettings) throws(ProjectError) -> PsqlTransport
  ) throws(ProjectError) -> [MigrationDatabase] {
    var databases: [MigrationDatabase] = []
    for database in settings where database.strategy == strategy {
      databases.append(try Self.database(database, transport: transport))
    }
    return databases
  }

  /// One database as tasks need it.
  package static func database(
    _ settings: DatabaseSettings,
    transport: (_ service: Reference, DatabaseSettings) throws(ProjectError) -> PsqlTransport
  ) throws(ProjectError) -> MigrationDatabase {
    MigrationDatabase(
      name: settings.name, variable: settings.connectionVariable, folder: settings.path.name,
      table: settings.table, timeout: settings.timeout,
      transport: try settings.service.map { (service) throws(ProjectError) in
        try transport(service, settings)
      } ?? .local)
  }

  /// How psql in a service is reached: on the first host on which the service lives.
  ///
  /// A deploy names what it knows of hosts, what it lays on them, and its lock; without them the
  /// release that is in use counts.
  package static func transport(
    _ service: Reference, in target: DeployTarget, facts: [String: TaskRef<HostFacts>] = [:],
    uploads: [String: TaskRef<UploadedRelease>] = [:], lease: Lease? = nil
  ) throws(ProjectError) -> PsqlTransport {
    let homes = target.hosts(of: service.name)
    let chosen = homes.first { name in target.hosts.contains { $0.name == name } } ?? homes.first
    guard let host = chosen else {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "migration-service",
            message: "psql is to run in service `\(service.name)`, which is on no host of "
              + "`\(target.environment)`",
            hint: "name a service of the Compose file that is deployed there"),
          at: service.location, length: service.name.unicodeScalars.count))
    }
    return .container(
      PsqlContainer(
        host: target.host(for: host), service: service.name, upload: uploads[host],
        facts: facts[host], lease: facts[host] == nil ? nil : lease))
  }

  /// The database of a name.
  package static func settings(
    named name: String, among databases: [DatabaseSettings]
  ) throws(ProjectError) -> DatabaseSettings {
    if let found = databases.first(where: { $0.name == name }) { return found }
    let known = databases.map(\.name)
    guard !known.isEmpty else {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "no-migrations", message: "no migrations: no database has a `migrations` section",
            hint: "add `databases.\(name).migrations` to stagecraft.yml")))
    }
    throw ProjectError(
      Diagnostic(
        .stated(
          id: "unknown-database",
          message: "database `\(name)` not found; available: "
            + known.map { "`\($0)`" }.joined(separator: ", "),
          hint: Suggestion.nearest(to: name, among: known).map { "did you mean `\($0)`?" })))
  }

  /// Adds the migrations of a moment: what applies them after `before`, and the question to each database
  /// that is not `asked` already; returns what applies them.
  ///
  /// A graph of both moments has one question for each database. A database is asked after `running`,
  /// which is where a deploy starts it first.
  func add(
    _ databases: [MigrationDatabase], asked: [MigrationApply] = [],
    strategy: DatabaseSettings.Strategy, running: [TaskID] = [], after before: [TaskID] = [],
    to graph: inout Graph
  ) throws(GraphError) -> [TaskRef<AppliedMigrations>] {
    try databases.map { (database) throws(GraphError) in
      if let apply = asked.first(where: { $0.database.name == database.name }) {
        return try add(apply, strategy: strategy, after: running + before, to: &graph)
      }
      let apply = try addQuestion(to: database, strategy: strategy, running: running, in: &graph)
      return try add(apply, strategy: strategy, after: before, to: &graph)
    }
  }

  /// Adds the questions to those databases that need no service of ours; returns what applies their
  /// migrations, which is not added.
  func addQuestions(
    toReachable databases: [MigrationDatabase], strategy: DatabaseSettings.Strategy,
    in graph: inout Graph
  ) throws(GraphError) -> [MigrationApply] {
    try databases.filter { $0.transport.service == nil }.map { (database) throws(GraphError) in
      try addQuestion(to: database, strategy: strategy, in: &graph)
    }
  }

  /// Adds what applies the migrations of a moment, after its question and `after`.
  func add(
    _ apply: MigrationApply, strategy: DatabaseSettings.Strategy, after: [TaskID],
    to graph: inout Graph
  ) throws(GraphError) -> TaskRef<AppliedMigrations> {
    try graph.add(
      apply, after: [apply.status.id] + apply.database.transport.dependencies + after,
      policy: TaskPolicy(pool: Self.pool, phase: strategy.phase))
  }

  /// Adds the question to a database, and returns what applies the migrations of a moment, which is not
  /// added.
  func addQuestion(
    to database: MigrationDatabase, strategy: DatabaseSettings.Strategy, running: [TaskID] = [],
    in graph: inout Graph
  ) throws(GraphError) -> MigrationApply {
    let status = try graph.add(
      MigrationStatusTask(id: TaskID("migrate/\(database.name)/status"), database: database),
      after: running, policy: TaskPolicy(pool: Self.pool, phase: "prepare"))
    return MigrationApply(
      id: TaskID("migrate/\(database.name)/\(strategy.taskName)"), database: database,
      status: status, owner: owner, lease: lease)
  }

  /// Adds what writes down how one migration stands.
  @discardableResult
  func add(
    _ resolution: MigrateRequest.Resolution, of database: MigrationDatabase, to graph: inout Graph
  ) throws(GraphError) -> TaskRef<AppliedMigrations> {
    try graph.add(
      MigrationResolve(
        id: TaskID("migrate/\(database.name)/resolve"), database: database, file: resolution.file,
        verdict: resolution.verdict, owner: owner),
      policy: TaskPolicy(pool: Self.pool, phase: "migrate"))
  }

  private static let pool = Pool("database", capacity: 8)
}

extension DatabaseSettings.Strategy {
  /// The last part of the name of the task.
  fileprivate var taskName: String {
    switch self {
    case .preDeploy: "pre"
    case .postDeploy: "post"
    case .manual: "manual"
    }
  }

  /// The phase of a release that it belongs to.
  fileprivate var phase: String {
    switch self {
    case .preDeploy: "migrate_pre"
    case .postDeploy: "migrate_post"
    case .manual: "migrate"
    }
  }
}
