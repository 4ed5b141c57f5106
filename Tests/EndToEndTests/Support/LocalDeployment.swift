// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project that is deployed to the engine of this machine, with the state of its deploys in its own
// folder. Takes its containers, networks and volumes off the engine when it goes away.

import Foundation
import Testing

/// One project of one test, deployed with `driver: local`.
final class LocalDeployment: Sendable {
  let project: Sandbox
  /// The name under which Compose knows it.
  var composeProject: String { "\(project.name)-dev" }

  /// A project with this Compose file.
  init(_ compose: String, settings: String = "", files: [String: String] = [:]) throws {
    project = try Sandbox(files)
    try project.write("compose.yaml", compose)
    try project.write(
      "stagecraft.yml",
      "project: {name: $NAME}\nenvironments: {dev: {driver: local}}\n" + settings)
  }

  deinit {
    let filter = "--filter=label=com.docker.compose.project=\(composeProject)"
    for (kind, list, remove) in [
      ("container", ["ls", "--all"], ["rm", "--force", "--volumes"]), ("network", ["ls"], ["rm"]),
      ("volume", ["ls"], ["rm"]),
    ] {
      let found = try? project.docker([kind] + list + ["--quiet", filter])
      let ids = (found?.out ?? "").split(whereSeparator: \.isNewline).map(String.init)
      if !ids.isEmpty { _ = try? project.docker([kind] + remove + ids) }
    }
  }

  /// Runs `deploy` with these words behind it.
  ///
  /// Other tests have services and volumes of the same names on the same engine at the same time.
  func deploy(_ words: String...) throws -> Report {
    try Report(
      project.run(
        [Sandbox.program, "deploy", "--env", "dev", "--yes", "--new-volumes", "--format", "json"]
          + words))
  }

  /// What a plan says after asking.
  func plan(_ words: String...) throws -> Ended {
    try project.run(
      [Sandbox.program, "plan", "deploy", "--env", "dev", "--refresh", "--new-volumes"] + words)
  }

  /// What `docker inspect` says of the containers of a service, in a format.
  func inspect(_ service: String, _ format: String) throws -> [String] {
    let listed = try project.docker([
      "ps", "--all", "--quiet", "--no-trunc",
      "--filter=label=com.docker.compose.project=\(composeProject)",
      "--filter=label=com.docker.compose.service=\(service)",
    ])
    let ids = listed.out.split(whereSeparator: \.isNewline).map(String.init)
    if ids.isEmpty { return [] }
    return try project.docker(["inspect", "--format", format] + ids).out
      .split(whereSeparator: \.isNewline).map(String.init)
  }
}
