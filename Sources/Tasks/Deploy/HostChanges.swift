// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which hosts of a deploy are to be changed at all: for what runs beside hosts and not on one, such as
// hooks and the wait between two waves. Asks nobody; a host that did not answer is not to be changed.

package import Cache
package import TaskGraph

/// Names the hosts that a deploy changes.
///
/// It must tolerate that the facts of every host are missing: one that does not answer fails alone.
package struct HostChanges: ObserveTask {
  /// The hosts that are to be changed.
  package struct Output: Storable {
    /// In the order of the sites.
    package let hosts: [String]
    /// The services that are to be changed, by host.
    package let services: [String: [String]]
    /// What was applied on each host that answered when that was decided.
    package let applied: [String: HostApplied]

    /// Makes a value.
    package init(
      _ hosts: [String], services: [String: [String]] = [:], applied: [String: HostApplied] = [:]
    ) {
      self.hosts = hosts
      self.services = services
      self.applied = applied
    }

    /// Nothing: who else is to be changed is no reason to do anything again.
    package func write(to writer: inout RecordWriter) {}

    package init(from reader: inout RecordReader) throws(RecordError) { self.init([]) }
  }

  package static let kind = "host-changes"
  package static let revision = 1
  package static let isLocal = true

  package let id: TaskID
  /// The hosts of the deploy.
  private let sites: [HostSite]

  /// Makes a task; it must wait for what `sites` refer to.
  package init(id: TaskID, sites: [HostSite]) {
    self.id = id
    self.sites = sites
  }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    var changed: [String] = []
    var services: [String: [String]] = [:]
    var applied: [String: HostApplied] = [:]
    for site in sites {
      guard let facts = try context.outputIfAny(of: site.facts),
        let desired = try context.outputIfAny(of: site.desired)
      else { continue }
      applied[site.host.name] = facts.applied
      // `filter` takes no typed errors.
      let views = try desired.services.map { (service) throws(TaskError) in
        try ServiceView(service.name, desired: desired, facts: facts)
      }
      let open = views.filter { !$0.isCurrent }.map(\.service.name)
      guard facts.receipt?.digest != desired.digest || !open.isEmpty else { continue }
      changed.append(site.host.name)
      services[site.host.name] = open
    }
    return Output(changed, services: services, applied: applied)
  }
}
