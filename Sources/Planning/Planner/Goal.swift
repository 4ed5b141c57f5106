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

  /// As a person would say it: `build`, `run lint`.
  package var text: String {
    switch self {
    case .build(let services, let push, _):
      (["build"] + services + (push ? ["--push"] : [])).joined(separator: " ")
    case .run(let tasks): (["run"] + tasks).joined(separator: " ")
    case .migrate(let request): request.text
    }
  }

  /// Whether the Compose file has a part in it.
  package var needsCompose: Bool {
    switch self {
    case .build: true
    case .run, .migrate: false
    }
  }
}
