// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads from a host what its releases were, several at once: one round trip. Decides nothing.

package import Cache
import FoundationEssentials
package import TaskGraph

/// Reads the manifests of releases that a host holds.
package struct HostManifests: ObserveTask {
  /// What a host says of releases.
  package struct Output: Storable, Hashable {
    /// By folder; those that cannot be read are missing.
    package let manifests: [String: HostManifest]

    package func write(to writer: inout RecordWriter) {}
    package init(from reader: inout RecordReader) throws(RecordError) { manifests = [:] }
    init(_ manifests: [String: HostManifest]) { self.manifests = manifests }
  }

  package static let kind = "host-manifests"
  package static let revision = 1

  package let id: TaskID
  package let host: Host
  /// Names below `releases/`.
  package let folders: [String]

  /// A question to `host`.
  package init(id: TaskID, host: Host, folders: [String]) {
    self.id = id
    self.host = host
    self.folders = folders
  }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  /// Arguments: directory, then folders; answers a line for each that is there.
  static let script = #"""
    directory=$1
    shift
    for folder in "$@"; do
      file=$directory/releases/$folder/host.json
      if [ -f "$file" ]; then echo "$folder $(base64 <"$file" | tr -d '\n')"; fi
    done
    """#

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    let answer = ScriptAnswer(
      try await RemoteShell(host).ask(Self.script, [host.directory] + folders, in: context))
    var manifests: [String: HostManifest] = [:]
    for folder in folders {
      guard let text = answer[folder], let data = Data(base64Encoded: text) else { continue }
      manifests[folder] = HostManifest(json: String(decoding: data, as: UTF8.self))
    }
    return Output(manifests)
  }
}
