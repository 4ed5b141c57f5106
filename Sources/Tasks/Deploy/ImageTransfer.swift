// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Brings one image that this project built from the operator's engine to one host, where there is no
// registry between them.

package import Cache
package import TaskGraph

/// Sends the image of a service to one host.
package struct ImageTransfer: HostEffect {
  package typealias Output = Applied

  package static let kind = "image-transfer"
  package static let revision = 1

  package let id: TaskID
  package let site: HostSite
  /// What is sent.
  package let image: TaskRef<BuiltImage>

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, image: TaskRef<BuiltImage>
  ) {
    self.id = id
    self.site = site
    self.image = image
  }

  /// Which image it is follows from what it waits for.
  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
  }

  package func isDecided(in context: TaskContext) -> Bool { context.settled(image) != nil }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let image = try context.output(of: image).id
    if host.reach == .local { return .holds(Applied([image]), "it was built by this engine") }
    guard ImagePresence.has(image, try site.facts(in: context)) else {
      return .differs("`\(host.name)` does not have it")
    }
    return .holds(Applied([image]), "`\(host.name)` has it")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let built = try context.output(of: image)
    let image = built.id
    if host.reach == .local { return Applied([image]) }
    try await ship(image, called: built.references.first ?? image, in: context)
    return Applied([image])
  }
}
