// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the hosts of an environment run of the images that services name, so that the next deploy runs
// the same. Pure: what hosts say of themselves in, names of images out.

/// The images that services run, by the names that they were deployed under.
struct KeptImages {
  private struct Key: Hashable {
    let service: String
    let reference: String
  }

  private var byService: [Key: String] = [:]
  private var byReference: [String: String] = [:]

  /// What hosts run, as they say; where they differ the newest release counts.
  init(_ facts: [HostFacts]) {
    let newest = facts.filter { $0.manifest != nil }.sorted {
      ($1.receipt?.release ?? "", $0.host) < ($0.receipt?.release ?? "", $1.host)
    }
    for host in newest {
      for service in host.manifest?.services ?? [] { add(service) { Self.running(service, host) } }
    }
  }

  /// What this machine remembers of releases.
  init(_ releases: [KnownRelease]) {
    for service in releases.flatMap(\.services) { add(service) { nil } }
  }

  /// What a service runs under that name, else what any other runs under it.
  func image(of named: NamedImage) -> String? {
    byService[Key(service: named.service, reference: named.reference)]
      ?? byReference[named.reference]
  }

  private mutating func add(_ service: ReleasedService, running: () -> String?) {
    let reference: String
    let image: String
    if let name = service.reference {
      (reference, image) = (name, service.image)
    } else if let at = service.image.firstIndex(of: "@") {
      (reference, image) = (String(service.image[..<at]), service.image)
    } else if NamedImage.isMovable(service.image), let found = running() {
      (reference, image) = (service.image, found)
    } else {
      return
    }
    let key = Key(service: service.name, reference: reference)
    if byService[key] == nil { byService[key] = image }
    if byReference[reference] == nil { byReference[reference] = image }
  }

  /// What a service that was deployed by name runs: the image of its containers, else what the name
  /// stands for on the host.
  private static func running(_ service: ReleasedService, _ facts: HostFacts) -> String? {
    let own = facts.containers.filter { $0.service == service.name && !$0.isOneOff }
    let running = own.filter { $0.state == "running" }
    let ids = Set((running.isEmpty ? own : running).map(\.image))
    let id = ids.count == 1 ? ids.first : ImagePresence.id(of: service.image, facts)
    return id.map { pinned(service.image, id: $0, facts) }
  }

  /// An image of a host by the digest that a registry knows it by, else by its id.
  static func pinned(_ reference: String, id: String, _ facts: HostFacts) -> String {
    ImagePresence.digest(of: id, in: reference, facts).map { "\(reference)@\($0)" } ?? id
  }
}
