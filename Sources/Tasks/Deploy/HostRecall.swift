// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads from a host what its services were in earlier releases: the start of a rollback, which uses the
// old files, images and environment together and renders nothing.

package import Cache
package import TaskGraph

/// Reads what a host was.
package struct HostRecall: ObserveTask {
  package typealias Output = DesiredHost

  package static let kind = "host-recall"
  package static let revision = 2

  package let id: TaskID
  package let host: Host
  package let composition: HostComposition
  /// The key that digests of secrets are made with.
  private let key: [UInt8]

  /// Makes a task.
  package init(id: TaskID, host: Host, composition: HostComposition, key: [UInt8]) {
    self.id = id
    self.host = host
    self.composition = composition
    self.key = key
  }

  /// The error for a release of which a host holds something else than was written.
  package static func damaged(_ folder: String, on host: Host) -> TaskError {
    TaskError(
      .unexpectedAnswer(host.name),
      "`\(host.name)` does not hold the release `\(folder)` as it was written",
      hint: "`stagecraft releases list --refresh` shows what hosts hold")
  }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func run(in context: TaskContext) async throws(TaskError) -> DesiredHost {
    let manifests = try await HostManifests(id: id, host: host, folders: composition.needed)
      .run(in: context).manifests
    for folder in composition.needed where manifests[folder] == nil {
      throw Self.damaged(folder, on: host)
    }
    return DesiredHost(
      recalled: manifests, folders: composition.folders, main: composition.main, key: key)
  }
}
