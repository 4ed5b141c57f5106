// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Takes the old containers of a service away once the new ones work: hook, drain, stop, remove.
// Refuses where the new ones are not there.

package import Cache
package import TaskGraph

/// Takes away the containers of a service that are not wanted any more.
package struct ServiceRetire: ServiceEffect {
  package typealias Output = Applied

  package static let kind = "service-retire"
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
    guard view.isAlone else { return .differs(view.summary) }
    return .holds(Applied(), "nothing else is there")
  }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] {
    // A service that is not wanted there has nothing to differ from; the run itself says so.
    guard let desired = context.assumed(site.desired), let facts = context.settled(site.facts),
      let view = try? ServiceView(
        service, desired: desired, facts: facts, leaving: site.leaving)
    else { return [] }
    return view.leaving.map { Difference(.container, $0.name, from: $0.state, to: nil) }
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let view = try view(in: context)
    let numbers = [view.service.replicas, view.service.graceSeconds, view.service.drainSeconds]
    let answer = try await perform(
      HostScript.retire,
      try arguments(numbers.map(String.init) + view.service.preStop, in: context),
      input: view.input, action: "stopping the old `\(service)`",
      within: view.service.leavingSeconds, in: context)
    report(hooksOf: answer, in: context)
    if let failed = answer["failed"] {
      throw ServiceFailure(failed, answer, view.service, host: host.name).error
    }
    return Applied(answer.all("removed"))
  }
}

extension ServiceEffect {
  /// Says which pre-stop hooks failed; that holds up nothing.
  func report(hooksOf answer: ScriptAnswer, in context: TaskContext) {
    for line in answer.all("hook") {
      let parts = line.split(separator: " ", maxSplits: 1)
      context.log(
        "warning: the pre-stop hook of `\(parts.last ?? "")` ended with status "
          + "\(parts.first ?? "?")", .error)
    }
  }
}
