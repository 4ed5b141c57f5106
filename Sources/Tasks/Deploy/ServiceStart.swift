// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Starts the new containers of a service beside the old ones, which it leaves alone. Whether the new
// ones work is the next task's question.

package import Cache
package import TaskGraph

/// Starts the new containers of one service beside the old.
package struct ServiceStart: ServiceChange {
  package typealias Output = Applied

  package static let kind = "service-start"
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
    guard view.isStarted else { return .differs(view.summary) }
    return .holds(Applied(view.current.map(\.name)), view.summary)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let view = try view(in: context)
    let answer = try await perform(
      HostScript.start, try arguments([String(view.service.replicas)], in: context),
      input: view.input, action: "starting `\(service)`",
      within: 30, in: context)
    return Applied(answer.all("new"))
  }
}
