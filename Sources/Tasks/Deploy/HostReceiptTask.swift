// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes on the host what is applied there now, once all of it is: later runs go by it, and so does
// the next rollback.

package import Cache
package import TaskGraph

/// Writes the receipt of one host.
package struct HostReceiptTask: HostEffect {
  package typealias Output = UploadedRelease

  package static let kind = "host-receipt"
  package static let revision = 1

  package let id: TaskID
  package let site: HostSite
  package let upload: TaskRef<UploadedRelease>
  /// Whether this run brings only some of the services there.
  package let isPartial: Bool

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, upload: TaskRef<UploadedRelease>,
    isPartial: Bool = false
  ) {
    self.id = id
    self.site = site
    self.upload = upload
    self.isPartial = isPartial
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
    try describeDesired(into: &manifest, in: context)
    manifest.add(.argument, "partial", isPartial ? "yes" : "no")
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<UploadedRelease> {
    let desired = try context.output(of: site.desired)
    let facts = try context.output(of: site.facts)
    let release = try context.output(of: upload).id
    guard let applied = facts.receipt else { return .differs("nothing was applied yet") }
    let isWhole = applied.digest == desired.digest
    guard applied.release == release,
      isWhole || isPartial && applied.digest == Self.partial(desired)
    else {
      return .differs("release `\(applied.release)` was applied last")
    }
    for service in desired.services where !isPartial {
      let view = try ServiceView(service.name, desired: desired, facts: facts)
      guard view.isCurrent else { return .differs("`\(service.name)`: \(view.summary)") }
    }
    return .holds(UploadedRelease(id: release), "release `\(release)` is applied")
  }

  /// What a receipt has in place of the digest where only a part was brought: it equals none, so that
  /// nothing counts as done because of it.
  static func partial(_ desired: DesiredHost) -> String { "partial-" + desired.digest }

  package func isDecided(in context: TaskContext) -> Bool { false }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] {
    guard let facts = context.settled(site.facts) else { return [] }
    let next = context.settled(upload)?.id ?? ""
    guard facts.receipt?.release != next else { return [] }
    return [
      Difference(.release, from: facts.receipt?.release, to: next.isEmpty ? "this one" : next)
    ]
  }

  package func run(in context: TaskContext) async throws(TaskError) -> UploadedRelease {
    let desired = try context.output(of: site.desired)
    let release = try context.output(of: upload).id
    let answer = try await perform(
      HostScript.receipt, [host.directory, release],
      input: Array(((isPartial ? Self.partial(desired) : desired.digest) + "\n").utf8),
      action: "writing the receipt", in: context)
    guard answer["receipt"] == release else {
      throw TaskError(
        .unexpectedAnswer(host.name), "`\(host.name)` did not confirm the receipt",
        hint: "run it again; if that does not help, see whether its disk is full")
    }
    return UploadedRelease(id: release)
  }
}
