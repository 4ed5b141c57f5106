// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Removes the containers of services that a host is not to run any more: renamed, moved elsewhere, or
// taken out. Other Compose projects and one-off containers are nothing to it.

package import Cache
package import TaskGraph

/// Removes containers of services that are not wanted on one host.
package struct OrphanRemoval: HostEffect {
  package typealias Output = Applied

  package static let kind = "orphan-removal"
  package static let revision = 1

  package let id: TaskID
  package let site: HostSite
  package let upload: TaskRef<UploadedRelease>

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, upload: TaskRef<UploadedRelease>
  ) {
    self.id = id
    self.site = site
    self.upload = upload
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
    for service in try context.output(of: site.desired).services {
      manifest.add(.setting, "wanted \(service.name)", "yes")
    }
  }

  package func isDecided(in context: TaskContext) -> Bool {
    context.assumed(site.desired) != nil
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let orphans = Self.orphans(
      try context.output(of: site.facts), wanted: try context.output(of: site.desired))
    if orphans.isEmpty { return .holds(Applied(), "there is none") }
    return .differs(Self.list(orphans))
  }

  /// The containers whose service is not wanted, sorted by name.
  package static func orphans(
    _ facts: HostFacts, wanted desired: DesiredHost
  ) -> [RemoteContainer] {
    facts.containers.filter { !$0.isOneOff && desired.service($0.service) == nil }
  }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] {
    guard let desired = context.assumed(site.desired), let facts = context.settled(site.facts)
    else { return [] }
    return Self.orphans(facts, wanted: desired).map {
      Difference(.container, $0.name, from: $0.state, to: nil)
    }
  }

  private static func list(_ orphans: [RemoteContainer]) -> String {
    orphans.map { "`\($0.name)` of service `\($0.service)`" }.joined(separator: ", ")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let desired = try context.output(of: site.desired)
    for orphan in Self.orphans(try context.output(of: site.facts), wanted: desired) {
      context.log("no longer wanted: `\(orphan.name)` of service `\(orphan.service)`")
    }
    let answer = try await perform(
      HostScript.orphans, [host.directory, host.composeProject] + desired.services.map(\.name),
      action: "removing containers that are not wanted", in: context)
    return Applied(answer.all("removed"))
  }
}
