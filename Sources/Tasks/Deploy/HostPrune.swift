// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Removes from a host the releases that no rollback needs any more, with the images and files that
// only those had. What is in use, was in use before, or is new stays.

package import Cache
package import TaskGraph

/// Removes old releases from one host.
package struct HostPrune: HostEffect {
  package typealias Output = Applied

  package static let kind = "host-prune"
  package static let revision = 1

  package let id: TaskID
  package let site: HostSite
  package let upload: TaskRef<UploadedRelease>
  /// How many releases stay.
  package let keep: Int

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, upload: TaskRef<UploadedRelease>, keep: Int
  ) {
    self.id = id
    self.site = site
    self.upload = upload
    self.keep = keep
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
    manifest.add(.argument, "keep", String(keep))
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let removable = try removable(in: context)
    if removable.isEmpty { return .holds(Applied(), "no release is too old") }
    return .differs("\(removable.count) older than the newest \(max(1, keep))")
  }

  package func isDecided(in context: TaskContext) -> Bool { false }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] {
    guard let facts = context.settled(site.facts), let applied = context.settled(upload)?.id else {
      return []
    }
    let used = context.settled(site.desired).map { Set($0.folders.values) } ?? []
    return Self.removable(facts, used: used.union([applied]), keep: keep).map {
      Difference(.release, $0, from: "kept", to: nil)
    }
  }

  private func removable(in context: TaskContext) throws(TaskError) -> [String] {
    let used = Set(try context.output(of: site.desired).folders.values)
    return Self.removable(
      try context.output(of: site.facts), used: used.union([try context.output(of: upload).id]),
      keep: keep)
  }

  /// The folders that go, oldest first; `used` are those in use after this run.
  package static func removable(
    _ facts: HostFacts, used: Set<String>, keep: Int
  ) -> [String] {
    let held = facts.releases.filter { !$0.digest.isEmpty }.map(\.id)
    let all = Set(held).union(used).sorted()
    // What was in use before this run is what `rollback --to-previous` needs.
    let before = facts.services.values.map(\.folder) + [facts.receipt?.folder].compactMap(\.self)
    let needed = used.union(all.suffix(max(1, keep)) + before)
    return held.filter { !needed.contains($0) }
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let answer = try await perform(
      HostScript.prune,
      [host.directory, host.composeProject] + (try removable(in: context)),
      action: "removing old releases", within: 90, in: context)
    for image in answer.all("image") { context.log("removed the image `\(image)`") }
    return Applied(answer.all("release"))
  }
}
