// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks Compose what a whole application is, values included. An observation: asked each time, since
// values may come from anywhere, and never stored.

package import Cache
import Synchronization
import SystemPackage
package import TaskGraph

/// Resolves a Compose application with all its values.
package struct ComposeApplicationTask: ObserveTask {
  package typealias Output = ComposeApplication

  package static let kind = "compose-application"
  package static let revision = 1
  package static let isLocal = true

  package let id: TaskID
  package let project: String
  package let files: [String]
  private let variables: [String: String]
  private let secretKey: [UInt8]
  /// What Compose said: a run looks at its own plan first, and both are to see one application.
  private let told = Told()

  private final class Told: Sendable {
    let application = Mutex<ComposeApplication?>(nil)
  }

  /// Makes a task.
  ///
  /// `project` is the Compose project on the hosts; `files` are given to Compose in order, relative
  /// to the root; `variables` are seen by Compose beside the user's whole environment, and win;
  /// `secretKey` is what records of the result are digested with. Compose is asked once for this value
  /// and its copies.
  package init(
    id: TaskID = TaskID("compose/application"), project: String, files: [String],
    variables: [String: String] = [:], secretKey: [UInt8]
  ) {
    self.id = id
    self.project = project
    self.files = files
    self.variables = variables
    self.secretKey = secretKey
  }

  package var request: [UInt8] {
    var writer = RecordWriter()
    writer.write(project)
    writer.write(files)
    for name in variables.keys.sorted() {
      writer.write(name)
      // What is set here is written in stagecraft.yml; all else is no part of a question.
      writer.write(Digest.keyed(Array((variables[name] ?? "").utf8), by: secretKey))
    }
    return writer.bytes
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.setting, "project", project)
    manifest.add(.argument, list: files)
  }

  package func parts(of application: ComposeApplication) -> [Observation] {
    [Observation("values", application.fingerprint.hex)]
  }

  package func run(in context: TaskContext) async throws(TaskError) -> ComposeApplication {
    if let known = told.application.withLock(\.self) { return known }
    let root = context.root.string
    let environment = context.environmentOfUser.merging(variables) { _, new in new }
    let command = DockerCLI(in: context).composeApplication(
      files: files, project: project, environment: environment)
    let json: String
    do throws(TaskError) {
      json = try await context.capture(command)
    } catch {
      throw try DockerPlugin.explained(error, command, in: context)
    }
    let application = try ComposeApplicationReader(
      root: root, project: project, hidesPorts: ComposeSettings.hidesPorts(environment)
    ).read(json, secretKey: secretKey)
    told.application.withLock { $0 = application }
    return application
  }
}
