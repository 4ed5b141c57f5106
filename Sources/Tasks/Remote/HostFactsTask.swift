// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks one host what it runs and holds: one round trip for everything that a deploy needs to know.

package import TaskGraph

/// Asks a host for its facts.
package struct HostFactsTask: HostQuestion {
  package typealias Output = HostFacts

  package static let kind = "host-facts"
  package static let name = "facts"
  package static let revision = 2

  package let id: TaskID
  package let host: Host

  /// A question to `host`.
  package init(id: TaskID, host: Host) {
    self.id = id
    self.host = host
  }

  package func parts(of facts: HostFacts) -> [Observation] {
    var parts = [
      Observation("engine", facts.engine),
      Observation("compose", facts.compose.isEmpty ? "none" : "installed"),
      Observation("platform", facts.platform),
      Observation("release", facts.receipt?.release ?? "none"),
      Observation("releases", facts.releases.map(\.id).joined(separator: " ")),
    ]
    for container in facts.containers {
      // Its id stands for what it was started as, which is a digest of secrets too.
      parts.append(
        Observation(
          "container \(container.name)",
          "\(container.id.prefix(12)) \(container.state), health \(container.health), "
            + "\(container.restarts) restarts"))
    }
    return parts
  }

  package func run(in context: TaskContext) async throws(TaskError) -> HostFacts {
    let answer = try await RemoteShell(host).ask(
      HostFactsScript.text, HostFactsScript.arguments(for: host), in: context)
    return try HostFactsScript.facts(of: host.name, in: answer)
  }
}
