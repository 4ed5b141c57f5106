// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A command of the user's that a deploy runs before or after one of its phases. Runs in each deploy
// that changes a host, and in no other.

package import Cache
package import TaskGraph

/// A command that belongs to a phase of a deploy.
package struct HookTask: EffectTask {
  package typealias Output = CommandTask.Output

  package static let kind = "hook"
  package static let revision = 1

  package let command: CommandTask
  /// The hosts of the deploy.
  package let sites: [HostSite]
  /// The hosts of the deploy that are to be changed.
  package let changes: TaskRef<HostChanges.Output>
  /// Told to the command: the environment, the release, and the lock as its own, so that it may call
  /// this program.
  private let variables: [String: String]

  /// Makes a hook; it must wait for `changes` and for what the hosts of `sites` are to run.
  package init(
    _ command: CommandTask, sites: [HostSite], changes: TaskRef<HostChanges.Output>,
    variables: [String: String]
  ) {
    self.command = command
    self.sites = sites
    self.changes = changes
    self.variables = variables
  }

  package var id: TaskID { command.id }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    try await command.describe(into: &manifest, in: context)
    for site in sites {
      manifest.add(
        .setting, "host \(site.host.name)",
        try context.output(of: site.desired).fingerprint.hex)
    }
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Output> {
    guard let host = try context.output(of: changes).hosts.first else {
      return .holds(Output(), "no host is to be changed")
    }
    return .differs("host `\(host)` is to be changed")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    var variables = self.variables
    // The first thing that a deploy does may be a hook: others are kept away before it begins.
    if let lease = sites.first?.lease {
      variables["STAGECRAFT_RELEASE"] = try await lease.releaseName(in: context).id
    }
    return try await command.run(adding: variables, in: context)
  }
}
