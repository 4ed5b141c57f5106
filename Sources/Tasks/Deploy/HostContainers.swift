// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which containers of a project there are on a host, for a person who wants to know what runs: one
// question, and nothing decided by it.

/// One container on a host.
package struct HostContainers: Sendable, Hashable {
  package let service: String
  package let name: String
  /// What the engine says: `Up 3 seconds (healthy)`.
  package let state: String

  /// The containers of the host's project; nil where the host does not say.
  package static func look(_ host: Host, _ caller: RemoteCaller) async -> [HostContainers]? {
    var script = RemoteScript(
      #"""
      docker ps -a --filter "label=com.docker.compose.project=$1" \
        --filter label=com.docker.compose.oneoff=False \
        --format '{{.Label "com.docker.compose.service"}} {{.Names}} {{.Status}}'
      """#, [host.composeProject])
    script.isRepeatable = true
    // For a person to read at the end of a failed run: why this could not be had would bury why that failed.
    guard let answer = try? await caller.call(script, on: host) else { return nil }
    return answer.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      guard words.count == 3 else { return nil }
      return HostContainers(service: words[0], name: words[1], state: words[2])
    }.sorted { ($0.service, $0.name) < ($1.service, $1.name) }
  }
}
