// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Brings one image from its registry to one host, for as many services as run it; one that no registry
// has comes from the operator's engine. Looks at the free disk first.

package import Cache
package import TaskGraph

/// Pulls the image of a service on one host.
package struct ImagePull: HostEffect {
  package typealias Output = Applied

  package static let kind = "image-pull"
  package static let revision = 1
  /// Below this many free bytes the registry is asked for the size of an image that is not known.
  private static let scarce: Int64 = 1 << 30

  package let id: TaskID
  package let site: HostSite
  /// One of the services that run the image.
  package let service: String
  /// Bytes of the image, unpacked, where they are known; no part of the key.
  package let size: Int64?

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, service: String, size: Int64? = nil
  ) {
    self.id = id
    self.site = site
    self.service = service
    self.size = size
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
    manifest.add(.argument, "service", service)
    let image = try image(in: context)
    manifest.add(.setting, "image", isSettled(context) ? image : Manifest.unknown)
  }

  package func isDecided(in context: TaskContext) -> Bool { isSettled(context) }

  private func isSettled(_ context: TaskContext) -> Bool {
    context.assumed(site.desired)?.isImageSettled(of: service) == true
  }

  private func image(in context: TaskContext) throws(TaskError) -> String {
    try context.output(of: site.desired).image(of: service, on: host)
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let image = try image(in: context)
    guard ImagePresence.has(image, try site.facts(in: context)) else {
      return .differs("`\(host.name)` does not have it")
    }
    return .holds(Applied([image]), "`\(host.name)` has it")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let image = try image(in: context)
    let facts = try context.output(of: site.facts)
    if image.hasPrefix("sha256:") {
      if host.reach != .local, try await ImageLayers.local(image, in: context) != nil {
        let name = try context.output(of: site.desired).service(service)?.reference
        try await ship(image, called: name ?? image, in: context)
        return Applied([image])
      }
      throw TaskError(
        .unavailable(host.name), "`\(host.name)` no longer has the image `\(image)`",
        hint: "it came from no registry: deploy from the machine that built it")
    }
    let isScarce = facts.freeBytes > 0 && facts.freeBytes < Self.scarce
    var known = size
    if isScarce || size.map({ $0 > facts.freeBytes }) == true {
      known = try await needed(image, facts, in: context)
      if let known,
        let error = DiskSpace.refusal(of: "`\(service)`", size: known, on: facts)
      {
        throw error
      }
    }
    let answer = try await perform(
      HostScript.pull,
      [image] + (isScarce && known == nil ? [String(facts.freeBytes)] : []),
      action: "pulling `\(image)`", within: 600, in: context)
    if let large = answer["large"].flatMap(HostNumber.read),
      let error = DiskSpace.refusal(of: "`\(service)`", size: large, on: facts)
    {
      throw error
    }
    if answer["failed"] != nil {
      let lines = answer.all("log")
      throw PullFailure(lines).error(image, lines, on: facts)
    }
    return Applied([image])
  }

  /// Bytes that the image takes beyond the layers that the host has; nil where nobody knows.
  private func needed(
    _ image: String, _ facts: HostFacts, in context: TaskContext
  ) async throws(TaskError) -> Int64? {
    guard let layers = try await ImageLayers.local(image, in: context) else { return size }
    guard layers.total > facts.freeBytes else { return layers.total }
    let answer = try await perform(
      HostScript.layers, [image], action: "asking for images", in: context)
    return layers.size(above: layers.count(in: ImageLayers.chains(of: answer)))
  }
}

extension DesiredHost {
  /// The image that a service runs.
  func image(of service: String, on host: Host) throws(TaskError) -> String {
    guard let released = self.service(service) else {
      throw TaskError(.invariant, "service `\(service)` is not among those of `\(host.name)`")
    }
    return released.image
  }
}
