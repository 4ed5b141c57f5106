// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the user asks for: the one thing in which commands differ.

/// What a graph is planned for.
package enum Goal: Sendable, Hashable {
  /// Images of these services, of all where none is named; pushed if asked. Without a version they
  /// are named after the commit.
  case build(services: [String], push: Bool, version: String?)
  /// These user tasks.
  case run(tasks: [String])
  /// The migrations of one database.
  case migrate(MigrateRequest)
  /// The hosts of an environment, brought to what the project says now.
  case deploy(DeployRequest)
  /// The hosts of an environment, brought back to an earlier release.
  case rollback(RollbackRequest)
  /// The hosts of an environment, without the lock of whoever holds it.
  case unlock

  /// As a person would say it: `build`, `run lint`.
  package var text: String {
    switch self {
    case .build(let services, let push, _):
      (["build"] + services + (push ? ["--push"] : [])).joined(separator: " ")
    case .run(let tasks): (["run"] + tasks).joined(separator: " ")
    case .migrate(let request): request.text
    case .deploy(let request): request.text
    case .rollback(let request): request.text
    case .unlock: "unlock"
    }
  }

  /// Whether images are named after a version.
  package var needsVersion: Bool {
    switch self {
    case .build, .deploy: true
    case .run, .migrate, .rollback, .unlock: false
    }
  }

  /// Whether it is about the hosts of an environment.
  package var isOnHosts: Bool {
    switch self {
    case .build, .run, .migrate: false
    case .deploy, .rollback, .unlock: true
    }
  }
}
