// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Waits until the new containers of a service work, as the engine sees it. New ones that fail are
// removed, or give way to the release of before; old ones that still serve are never touched.

package import Cache
package import TaskGraph

/// Waits until the new containers of one service work.
package struct ServiceHealth: ServiceEffect {
  package typealias Output = Applied

  package static let kind = "service-health"
  package static let revision = 1

  package let id: TaskID
  package let site: HostSite
  package let service: String
  package let upload: TaskRef<UploadedRelease>
  /// Whether a service that was stopped for the new one is put back as it was; no part of the key.
  package let restores: Bool

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, service: String, upload: TaskRef<UploadedRelease>,
    restores: Bool = true
  ) {
    self.id = id
    self.site = site
    self.service = service
    self.upload = upload
    self.restores = restores
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let view = try view(in: context)
    guard view.isHealthy else { return .differs(view.summary) }
    return .holds(Applied(view.current.map(\.name)), view.summary)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let view = try view(in: context)
    let earlier =
      restores && view.service.strategy == .recreate
      ? try earlierRelease(view, in: context) : ["", "0"]
    let numbers = [view.service.replicas, view.service.healthSeconds, view.service.settleSeconds]
    let answer = try await perform(
      HostScript.health,
      try arguments(
        numbers.map(String.init) + earlier + (view.current + view.old).map(\.id), in: context),
      input: Array((view.spec + "\n").utf8), action: "looking at `\(service)`", in: context)
    guard let failed = answer["failed"] else { return Applied(answer.all("new")) }
    throw ServiceFailure(failed, answer, view.service, host: host.name).error
  }
}

extension ServiceEffect {
  /// The release to put back and how many containers it had; none where nothing of it was there.
  func earlierRelease(
    _ view: ServiceView, in context: TaskContext
  ) throws(TaskError) -> [String] {
    guard let receipt = try context.output(of: site.facts).receipt,
      receipt.release != (try context.output(of: upload).id), !view.old.isEmpty
    else { return ["", "0"] }
    return [receipt.release, String(view.old.count)]
  }
}
