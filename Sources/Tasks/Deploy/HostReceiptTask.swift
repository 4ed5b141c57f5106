// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes on the host what is applied there now, as a whole and service by service, once a run has done
// all that it had to: later runs go by it, and so does going back.

package import Cache
package import TaskGraph

/// Writes the receipt of one host.
package struct HostReceiptTask: HostEffect {
  package typealias Output = UploadedRelease

  package static let kind = "host-receipt"
  package static let revision = 2

  package let id: TaskID
  package let site: HostSite
  package let upload: TaskRef<UploadedRelease>
  /// The services that this run brings there; the others stay what they are.
  package let deployed: Set<String>
  /// Of services that are not wanted, those that this run takes away; nil for all.
  package let removed: Set<String>?

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, upload: TaskRef<UploadedRelease>, deployed: Set<String>,
    removed: Set<String>? = nil
  ) {
    self.removed = removed
    self.id = id
    self.site = site
    self.upload = upload
    self.deployed = deployed
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
    try describeDesired(into: &manifest, in: context)
    for service in deployed.sorted() { manifest.add(.argument, "service \(service)", "brought") }
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<UploadedRelease> {
    let desired = try context.output(of: site.desired)
    let facts = try context.output(of: site.facts)
    let laid = try context.output(of: upload)
    guard let applied = facts.receipt else { return .differs("nothing was applied yet") }
    let receipts = services(desired, facts, laid, release: laid.id, by: "")
    guard applied.folder == laid.id, applied.digest == digest(desired, receipts) else {
      return .differs("release `\(applied.release)` was applied last")
    }
    let written = facts.applied.services
    for service in desired.services
    where written[service.name]?.spec != receipts[service.name]?.spec {
      return .differs("`\(service.name)` has no receipt of its own")
    }
    for service in desired.services where deployed.contains(service.name) {
      let view = try ServiceView(service.name, desired: desired, facts: facts)
      guard view.isCurrent else { return .differs("`\(service.name)`: \(view.summary)") }
    }
    return .holds(laid, "release `\(applied.release)` is applied")
  }

  /// What the host has of each service after this run: what was brought, and of the others what was
  /// there.
  private func services(
    _ desired: DesiredHost, _ facts: HostFacts, _ laid: UploadedRelease, release: String,
    by owner: String
  ) -> [String: ServiceReceipt] {
    var receipts: [String: ServiceReceipt] = [:]
    for service in desired.services {
      let there = facts.services[service.name]
      let spec = desired.specs[service.name] ?? ""
      if deployed.contains(service.name), there?.spec != spec {
        receipts[service.name] = ServiceReceipt(
          service: service.name, folder: desired.folder(of: service.name, laid: laid), spec: spec,
          release: release, since: facts.clock, by: owner)
      } else {
        receipts[service.name] = there
      }
    }
    for (name, there) in facts.services where desired.service(name) == nil {
      if let removed, !removed.contains(name) { receipts[name] = there }
    }
    return receipts
  }

  /// What the receipt says: the digest of the whole where all of it is there, else something that equals
  /// none, so that nothing counts as done because of it.
  private func digest(
    _ desired: DesiredHost, _ receipts: [String: ServiceReceipt]
  ) -> String {
    let isWhole = desired.services.allSatisfy {
      receipts[$0.name]?.spec == desired.specs[$0.name]
    }
    return isWhole ? desired.digest : "partial-" + desired.digest
  }

  package func isDecided(in context: TaskContext) -> Bool { false }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] {
    guard let facts = context.settled(site.facts) else { return [] }
    let next = context.settled(upload)?.id ?? ""
    guard facts.receipt?.folder != next else { return [] }
    return [
      Difference(.release, from: facts.receipt?.release, to: next.isEmpty ? "this one" : next)
    ]
  }

  package func run(in context: TaskContext) async throws(TaskError) -> UploadedRelease {
    let desired = try context.output(of: site.desired)
    let laid = try context.output(of: upload)
    let receipts = services(
      desired, try context.output(of: site.facts), laid,
      release: try await site.lease?.releaseName(in: context).id ?? laid.id,
      by: site.lease?.owner ?? "")
    let lines = receipts.values.sorted { $0.service < $1.service }.map(\.line)
    let text = ([digest(desired, receipts)] + lines).map { $0 + "\n" }.joined()
    let answer = try await perform(
      HostScript.receipt, [host.directory, laid.id], input: Array(text.utf8),
      action: "writing the receipt", within: 0, in: context)
    guard answer["receipt"] == laid.id else {
      throw TaskError(
        .unexpectedAnswer(host.name), "`\(host.name)` did not confirm the receipt",
        hint: "run it again; if that does not help, see whether its disk is full")
    }
    return laid
  }
}
