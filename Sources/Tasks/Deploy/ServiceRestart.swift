// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Restarts the containers of a service after what it needs was replaced, where the Compose file asks for
// that (`depends_on: {db: {restart: true}}`). Replaces nothing.

package import Cache
package import TaskGraph

/// Restarts the containers of one service that were started before those of the services it needs.
package struct ServiceRestart: ServiceEffect {
  package typealias Output = Applied

  package static let kind = "service-restart"
  package static let revision = 1

  package let id: TaskID
  package let site: HostSite
  package let service: String
  package let upload: TaskRef<UploadedRelease>
  /// The services after whose replacement it is restarted.
  package let causes: [String]

  /// Makes a task; it must wait for the last steps of `causes` and of the service itself.
  package init(
    id: TaskID, site: HostSite, service: String, upload: TaskRef<UploadedRelease>,
    causes: [String]
  ) {
    self.id = id
    self.site = site
    self.service = service
    self.upload = upload
    self.causes = causes
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    try describeService(into: &manifest, in: context)
    // Only what makes a container of those is a reason; a change of the service itself starts it anew.
    let desired = try context.output(of: site.desired)
    for cause in causes {
      manifest.add(
        .setting, "restart with \(cause)",
        desired.unsettled.contains(cause)
          ? Manifest.unknown : desired.fingerprint(of: cause).hex)
    }
  }

  package func isDecided(in context: TaskContext) -> Bool {
    guard let desired = context.assumed(site.desired) else { return false }
    return desired.unsettled.isDisjoint(with: causes + [service])
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let view = try view(in: context)
    guard view.restarting.isEmpty else {
      let causes = view.restartCauses.map { "`\($0)`" }.joined(separator: " and ")
      return .differs("it is restarted when \(causes) is replaced")
    }
    return .holds(Applied(), "it has started since")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let view = try view(in: context)
    let numbers = [
      view.service.healthSeconds, view.service.settleSeconds, view.service.graceSeconds,
    ]
    let answer = try await perform(
      HostScript.restart,
      try arguments(numbers.map(String.init) + view.restarting.map(\.id), in: context),
      input: view.input, action: "restarting `\(service)`", in: context)
    if let failed = answer["failed"] {
      throw ServiceFailure(failed, answer, view.service, host: host.name).error
    }
    return Applied(answer.all("restarted"))
  }
}
