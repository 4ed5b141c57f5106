// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A command of the user's that a run has before or after one of its phases. Runs where something is to be
// changed, and nowhere else.

package import Cache
import SystemPackage
package import TaskGraph

/// A command that belongs to a phase of a run.
package struct HookTask: EffectTask {
  package typealias Output = CommandTask.Output

  /// What a hook belongs to.
  package enum Occasion: Sendable {
    /// A change of hosts: all hosts that it is about, which of them are to be changed, and the migrations
    /// that run with it, as far as their databases can be asked before.
    case hosts(
      [HostSite], changes: TaskRef<HostChanges.Output>, migrations: [MigrationApply] = [])
    /// The migrations of a database alone.
    case migrations(MigrationApply)
  }

  package static let kind = "hook"
  package static let revision = 2

  package let command: CommandTask
  package let occasion: Occasion
  private let facts: HookFacts
  private let status: HookFacts.Status

  /// Makes a hook, which must wait for what its occasion refers to; `status` is how far the hosts are when
  /// it runs.
  package init(
    _ command: CommandTask, _ occasion: Occasion, facts: HookFacts, status: HookFacts.Status
  ) {
    self.command = command
    self.occasion = occasion
    self.facts = facts
    self.status = status
  }

  package var id: TaskID { command.id }

  /// What the occasion refers to.
  package var dependencies: [TaskID] {
    switch occasion {
    case .hosts(let sites, let changes, let migrations):
      [changes.id] + sites.map(\.desired.id) + migrations.map(\.status.id)
    case .migrations(let apply): [apply.status.id]
    }
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    try await command.describe(into: &manifest, in: context)
    switch occasion {
    case .hosts(let sites, _, _):
      for site in sites {
        manifest.add(
          .setting, "host \(site.host.name)",
          try context.output(of: site.desired).fingerprint.hex)
      }
    case .migrations(let apply): manifest.add(.argument, "database", apply.database.name)
    }
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Output> {
    switch occasion {
    case .hosts(_, let changes, let migrations):
      if let host = try context.output(of: changes).hosts.first {
        return .differs("host `\(host)` is to be changed")
      }
      for apply in migrations {
        if let reason = try apply.reason(in: context) {
          return .differs("migrations of `\(apply.database.name)`: \(reason)")
        }
      }
      return .holds(Output(), "nothing is to be changed")
    case .migrations(let apply):
      guard let reason = try apply.reason(in: context) else {
        return .holds(Output(), "nothing is pending")
      }
      return .differs(reason)
    }
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    let told = try await told(in: context)
    let data = context.temporaryFile("hook.json")
    defer { context.removeTemporaryFile(data) }
    do throws(CacheError) {
      try FileSystem.replace(FilePath(data), with: told.json, mode: 0o600, durable: false)
    } catch {
      throw TaskError(error)
    }
    return try await command.run(
      adding: told.variables.merging(["STAGECRAFT_DATA": data]) { $1 }, in: context)
  }

  private func told(in context: TaskContext) async throws(TaskError) -> HookFacts.Told {
    var told = HookFacts.Told(facts: facts, status: status)
    switch occasion {
    case .hosts(let sites, let changes, _):
      let changed = try context.output(of: changes)
      // The first thing that a run does may be a hook: others are kept away before it begins, and it does
      // not begin for a plan that will not be carried out.
      if status == .running, let lease = sites.first?.lease {
        try await lease.hold(in: context)
        for (host, applied) in changed.applied.sorted(by: { $0.key < $1.key }) {
          try await lease.check(host, since: applied)
        }
      }
      if let lease = sites.first?.lease, let release = facts.release {
        told.release = release(try await lease.releaseName(in: context))
      }
      for site in sites where changed.hosts.contains(site.host.name) {
        let desired = try context.output(of: site.desired)
        told.hosts.append(
          HookFacts.Host(
            name: site.host.name, services: changed.services[site.host.name] ?? [],
            images: Dictionary(
              desired.services.map { ($0.name, $0.image) },
              uniquingKeysWith: { first, _ in first })))
      }
    case .migrations(let apply): told.database = apply.database.name
    }
    return told
  }
}
