// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Stops the containers of a service and starts new ones in their place: for what cannot run twice. The
// old ones are kept until the new work, and come back where these do not even start.

package import Cache
package import TaskGraph

/// Replaces the containers of one service, the old ones stopping first.
package struct ServiceReplace: ServiceChange {
  package typealias Output = Applied

  package static let kind = "service-replace"
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
    let numbers = [view.service.replicas, view.service.graceSeconds, view.service.drainSeconds]
    let answer = try await perform(
      HostScript.replace,
      try arguments(numbers.map(String.init) + view.service.preStop, in: context),
      input: view.input, action: "replacing `\(service)`",
      within: view.service.leavingSeconds + view.service.graceSeconds, in: context)
    report(hooksOf: answer, in: context)
    if let failed = answer["failed"] {
      throw ServiceFailure(failed, answer, view.service, host: host.name).error
    }
    return Applied(answer.all("new"))
  }
}
