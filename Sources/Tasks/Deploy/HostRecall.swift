// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads from a host what one of its releases was: the start of a rollback, which uses the old files,
// images and environment together and renders nothing.

package import Cache
package import TaskGraph

/// Reads what a release was on a host.
package struct HostRecall: ObserveTask {
  package typealias Output = DesiredHost

  package static let kind = "host-recall"
  package static let revision = 1

  package let id: TaskID
  package let host: Host
  package let release: String
  /// The key that digests of secrets are made with.
  private let key: [UInt8]

  /// Makes a task.
  package init(id: TaskID, host: Host, release: String, key: [UInt8]) {
    self.id = id
    self.host = host
    self.release = release
    self.key = key
  }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func run(in context: TaskContext) async throws(TaskError) -> DesiredHost {
    let text = try await RemoteShell(host).ask(
      "cat -- \"$1/releases/$2/host.json\"", [host.directory, release], in: context)
    guard let manifest = HostManifest(json: text) else {
      throw TaskError(
        .unexpectedAnswer(host.name),
        "`\(host.name)` does not hold the release `\(release)` as it was written",
        hint: "`stagecraft releases list --refresh` shows what hosts hold")
    }
    return DesiredHost(recalled: manifest, key: key)
  }
}
