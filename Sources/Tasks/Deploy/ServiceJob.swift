// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs a service that is meant to end, and waits for its end: status 0 is done, another is an error,
// none in time is one as well.

package import Cache
package import TaskGraph

/// Runs one service to its end.
package struct ServiceJob: ServiceChange {
  package typealias Output = Applied

  package static let kind = "service-job"
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
    guard view.isCompleted else { return .differs(view.summary) }
    return .holds(Applied(view.current.map(\.name)), "it ran to its end")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let view = try view(in: context)
    let numbers = [view.service.healthSeconds, view.service.graceSeconds]
    let answer = try await perform(
      HostScript.job, try arguments(numbers.map(String.init), in: context),
      input: view.input, action: "running `\(service)`",
      within: view.service.healthSeconds + view.service.graceSeconds, in: context)
    if let failed = answer["failed"] {
      throw ServiceFailure(failed, answer, view.service, host: host.name).error
    }
    return Applied(answer.all("new"))
  }
}
