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
  /// The services that may go; nil for all that are not wanted.
  ///
  /// Who asked for some services only did not ask for others to go.
  package let scope: Set<String>?

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, upload: TaskRef<UploadedRelease>, scope: Set<String>? = nil
  ) {
    self.id = id
    self.site = site
    self.upload = upload
    self.scope = scope
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
      try context.output(of: site.facts), wanted: try context.output(of: site.desired), scope)
    if orphans.isEmpty { return .holds(Applied(), "there is none") }
    return .differs(Self.list(orphans))
  }

  /// The containers whose service is not wanted, sorted by name.
  package static func orphans(
    _ facts: HostFacts, wanted desired: DesiredHost, _ scope: Set<String>? = nil
  ) -> [RemoteContainer] {
    facts.containers.filter {
      !$0.isOneOff && desired.service($0.service) == nil && scope?.contains($0.service) ?? true
    }
  }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] {
    guard let desired = context.assumed(site.desired), let facts = context.settled(site.facts)
    else { return [] }
    return Self.orphans(facts, wanted: desired, scope).map {
      Difference(.container, $0.name, from: $0.state, to: nil)
    }
  }

  private static func list(_ orphans: [RemoteContainer]) -> String {
    orphans.map { "`\($0.name)` of service `\($0.service)`" }.joined(separator: ", ")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let desired = try context.output(of: site.desired)
    let facts = try context.output(of: site.facts)
    for orphan in Self.orphans(facts, wanted: desired, scope) {
      context.log("no longer wanted: `\(orphan.name)` of service `\(orphan.service)`")
    }
    let leaving = Set(Self.orphans(facts, wanted: desired, scope).map(\.service))
    let staying = Set(desired.services.map(\.name) + facts.containers.map(\.service))
      .subtracting(leaving).sorted()
    let answer = try await perform(
      HostScript.orphans, [host.directory, host.composeProject] + staying,
      action: "removing containers that are not wanted", within: 60, in: context)
    return Applied(answer.all("removed"))
  }
}
