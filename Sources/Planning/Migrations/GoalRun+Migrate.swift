// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft migrate` as a goal: from the project's databases to a graph, and what the databases say
// without one.

import Cache
package import TaskGraph
package import Tasks

extension GoalRun {
  /// The hooks of a migration on its own, by name, in their order.
  package var migrationHooks: (before: [String], after: [String]) {
    (hooks.names(.before), hooks.names(.after))
  }

  private var hooks: HookPlanning {
    HookPlanning(
      workspace.project.tasks, in: .migrate,
      facts: HookFacts(
        kind: TaskDefinition.Hook.Run.migrate.rawValue,
        environment: workspace.environmentName ?? "", by: workspace.owner))
  }

  /// The graph of a migration of one database.
  func migrate(_ request: MigrateRequest) async throws -> Graph {
    let settings = try MigrationPlanning.settings(
      named: request.database, among: workspace.databases)
    let database = try await self.database(settings)
    let planning = MigrationPlanning(owner: workspace.owner)
    var graph = Graph()
    if let resolution = request.resolution {
      try planning.add(resolution, of: database, to: &graph)
    } else {
      // Either phase is the one that a migration on its own has.
      let phases: Set<DeployPhase> = [.migratePre, .migratePost]
      try planner.add(tasks: hooks.needs, to: &graph)
      try hooks.checkNeeded(in: graph)
      let apply = try planning.addQuestion(to: database, strategy: settings.strategy, in: &graph)
      let begun = try hooks.add(
        [(.before, phases)], of: .migrations(apply), .running, after: [], to: &graph)
      let applied = try planning.add(
        apply, strategy: settings.strategy, after: begun, to: &graph)
      _ = try hooks.add(
        [(.after, phases)], of: .migrations(apply), .done, after: [applied.id], to: &graph)
    }
    return graph
  }

  /// How the migrations of a database stand, asked from the database; changes nothing.
  package func review(
    of settings: DatabaseSettings
  ) async throws -> (database: MigrationDatabase, review: MigrationReview) {
    let database = try await self.database(settings)
    let review = try await inquiry.value(of: MigrationReviewTask(database))
    return (database, review)
  }

  /// The migrations that a rollback leaves in place, by database: those that ran for one of `releases`,
  /// or for none later than `moment` (`2026-01-31T12:00:00Z`); a database that cannot be asked says
  /// why.
  package func migrations(
    after moment: String, orFor releases: Set<String>
  ) async -> [(database: String, found: Result<[MigrationRecord], TaskError>)] {
    var answers: [(database: String, found: Result<[MigrationRecord], TaskError>)] = []
    for settings in workspace.databases {
      do {
        let database = try await self.database(settings)
        let status = try await inquiry.value(
          of: MigrationStatusTask(
            id: TaskID("migrate/\(database.name)/status"), database: database))
        answers.append(
          (settings.name, .success(status.applied(after: moment, orFor: releases))))
      } catch let error as TaskError {
        answers.append((settings.name, .failure(error)))
      } catch let error as ProjectError {
        let reasons = error.diagnostics.map(\.message).joined(separator: "; ")
        answers.append((settings.name, .failure(TaskError(.input, reasons))))
      } catch {
        answers.append((settings.name, .failure(TaskError(.invariant, "\(error)"))))
      }
    }
    return answers
  }

  private func database(_ settings: DatabaseSettings) async throws -> MigrationDatabase {
    // Said before anything else is looked at: it is the user's to set.
    _ = try Psql.variables(
      of: settings.connectionVariable, value: workspace.environment[settings.connectionVariable])
    var target: DeployTarget?
    if settings.service != nil { target = try await self.target() }
    return try MigrationPlanning.database(settings) { (service, _) throws(ProjectError) in
      guard let target else { return .local }
      return try MigrationPlanning.transport(service, in: target)
    }
  }

  /// Where the environment's services are.
  private func target() async throws -> DeployTarget {
    guard let name = workspace.environmentName,
      let environment = workspace.project.environment(name)
    else {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "environment", message: "a service is in an environment, and there is none",
            hint: "add one to `environments:` in \(workspace.project.file)")))
    }
    let compose = try await inquiry.value(of: try workspace.composeTask(), salt: options.salt)
    return try DeployTarget(
      project: workspace.project, environment: environment,
      services: compose.services.map { ComposeServiceOutline(name: $0.name) },
      variables: workspace.environment)
  }
}

extension Workspace {
  /// The databases with migrations, as they are in the environment that counts.
  package var databases: [DatabaseSettings] {
    project.databases(in: environmentName.flatMap(project.environment))
  }

  /// Who changes a database from here: `user@machine`.
  package var owner: String { MachineName.owner(environment: environment) }
}
