// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a person wants to have: the one word in which the commands differ. Knows no tasks.

/// What a graph is made for.
enum Goal: Sendable, Hashable {
  /// Images of these services, of all where none is named.
  case build(services: [String], push: Bool, version: String?)
  /// These tasks of the project file.
  case run(tasks: [String])

  /// The goal as a person would say it: `build`, `run lint`.
  var text: String {
    switch self {
    case .build(let services, let push, _):
      (["build"] + services + (push ? ["--push"] : [])).joined(separator: " ")
    case .run(let tasks): (["run"] + tasks).joined(separator: " ")
    }
  }
}
