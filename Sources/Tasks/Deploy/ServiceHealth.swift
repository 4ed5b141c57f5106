// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Waits until the new containers of a service work, as the engine sees it. New ones that fail are
// removed, or give way to those that were stopped for them; what serves is never touched.

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

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, service: String, upload: TaskRef<UploadedRelease>
  ) {
    self.id = id
    self.site = site
    self.service = service
    self.upload = upload
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let view = try view(in: context)
    guard view.isHealthy, view.kept.isEmpty else { return .differs(view.summary) }
    return .holds(Applied(view.current.map(\.name)), view.summary)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let view = try view(in: context)
    let numbers = [view.service.replicas, view.service.healthSeconds, view.service.settleSeconds]
    let answer = try await perform(
      HostScript.health,
      try arguments(
        numbers.map(String.init) + [view.service.strategy.rawValue]
          + (view.current + view.old).map(\.id), in: context),
      input: view.input, action: "looking at `\(service)`",
      within: view.service.healthSeconds + view.service.settleSeconds, in: context)
    guard let failed = answer["failed"] else { return Applied(answer.all("new")) }
    throw ServiceFailure(failed, answer, view.service, host: host.name).error
  }
}
