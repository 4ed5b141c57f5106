// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Lets Compose itself say what the Compose files mean, as a pure task keyed by every file and
// variable that it reads. Asks no engine.

package import Cache
import SystemPackage
package import TaskGraph

/// Resolves Compose files.
package struct ComposeConfig: PureTask {
  package typealias Output = ComposeModel

  package static let kind = "compose-config"
  package static let revision = 3
  package static let isPreviewable = true

  package let id: TaskID
  package let project: String
  /// The files given to Compose, relative to the root, in order.
  package let files: [String]
  /// Every file that Compose may read, whether it is there or not.
  package let reads: [String]
  /// Every variable that the files name.
  package let variables: [String]
  /// Why the result cannot be keyed by what is known; nil where it can.
  package let unkeyable: String?

  /// Makes a task.
  package init(
    id: TaskID = TaskID("compose/config"), project: String, files: [String], reads: [String],
    variables: [String], unkeyable: String?
  ) {
    self.id = id
    self.project = project
    self.files = files
    self.reads = reads
    self.variables = variables
    self.unkeyable = unkeyable
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.setting, "project", project)
    manifest.add(.argument, list: files)
    for path in reads {
      manifest.add(.input, path, try context.file(path)?.manifestValue ?? "absent")
    }
    for name in variables {
      let value = context.variable(name)
      manifest.add(.environment, name, value.map { Digest.of($0).hex } ?? "unset")
    }
    if let plugin = try DockerPlugin.path("docker-compose", in: context) {
      manifest.add(.tool, "docker compose", try context.file(plugin)?.digest ?? .zero)
    }
    if let unkeyable {
      // Somewhere else may have changed: no key equals any other.
      manifest.add(.setting, unkeyable, String(UInt64.random(in: .min ... .max), radix: 16))
    }
  }

  package func run(in context: TaskContext) async throws(TaskError) -> ComposeModel {
    var values: [String: String] = [:]
    for name in variables { values[name] = context.variable(name) }
    let command = DockerCLI(in: context).composeConfig(
      files: files, project: project, environment: values)
    let text: String
    do throws(TaskError) {
      text = try await context.capture(command)
    } catch {
      throw try DockerPlugin.explained(error, command, in: context)
    }
    return try ComposeModelReader(root: context.root.string).read(text)
  }
}
