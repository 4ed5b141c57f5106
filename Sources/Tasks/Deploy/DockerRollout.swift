// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Lets the plugin `docker rollout` on the host replace the containers of a service, for who wants it
// so. What it left is checked by label afterwards, since it may end well without doing anything.

package import Cache
package import TaskGraph

/// Replaces the containers of one service by the plugin on the host.
package struct DockerRollout: ServiceChange {
  package typealias Output = Applied

  package static let kind = "docker-rollout"
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
    guard view.isStarted, view.isAlone else { return .differs(view.summary) }
    return .holds(Applied(view.current.map(\.name)), view.summary)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let view = try view(in: context)
    let service = view.service
    let numbers = [
      service.replicas, service.healthSeconds, service.settleSeconds, service.drainSeconds,
    ]
    let answer = try await perform(
      HostScript.rollout, try arguments(numbers.map(String.init), in: context),
      input: view.input, action: "rolling out `\(service.name)`",
      within: service.healthSeconds + service.settleSeconds + service.leavingSeconds, in: context)
    if let failed = answer["failed"] {
      throw ServiceFailure(failed, answer, service, host: host.name).error
    }
    return Applied(answer.all("new"))
  }
}
