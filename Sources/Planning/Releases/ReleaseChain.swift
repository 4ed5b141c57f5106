// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the hosts of an environment were after each of its releases: a release says what it did to the
// hosts that it was about, and of the others the one before it counts. Pure; asks nobody.

package import Tasks

/// The releases of an environment, one after the other.
package struct ReleaseChain {
  /// What lies in a folder of a host: by service, something that is equal where the same runs.
  ///
  /// nil where the folder is not known.
  package typealias Content = (_ host: String, _ folder: String) -> [String: String]?

  private let records: [String: ReleaseRecord]
  private let ids: [String]
  private let content: Content

  /// The releases of an environment among `records`.
  package init(
    _ records: [ReleaseRecord], environment: String, content: @escaping Content = { _, _ in nil }
  ) {
    let own = records.filter { $0.environment == environment }
    self.records = Dictionary(own.map { ($0.id, $0) }) { first, _ in first }
    ids = Set(own.map(\.id)).sorted()
    self.content = content
  }

  /// What is the same where the same runs.
  package static func identity(spec: String, _ service: ReleasedService) -> String {
    "\(spec) \(service.replicas)"
  }

  /// The release of an id.
  package func record(_ id: String) -> ReleaseRecord? { records[id] }

  /// The newest one that reached any host, as far as records say.
  package var newest: ReleaseRecord? {
    ids.reversed().lazy.compactMap { records[$0] }.first(where: \.reachedHosts)
  }

  /// The releases before the one of that id, newest first: each names the one before it; where it does
  /// not, the order of ids counts.
  package func before(_ id: String) -> [ReleaseRecord] {
    var chain: [ReleaseRecord] = []
    var seen: Set<String> = [id]
    var last = id
    while true {
      let named = records[last]?.previousID.flatMap { records[$0] }
      let older = ids.last { $0 < last && !seen.contains($0) }.flatMap { records[$0] }
      guard let next = named ?? older, seen.insert(next.id).inserted else { return chain }
      chain.append(next)
      last = next.id
    }
  }

  /// The folder that each service of a host ran from after a release; nil where nothing is known.
  package func folders(of host: String, after record: ReleaseRecord) -> [String: String]? {
    for release in [record] + before(record.id) {
      if let applied = release.applied[host] { return applied }
      // Records of earlier versions know whole hosts alone.
      guard release.applied.isEmpty, release.hosts[host] == .completed else { continue }
      let folder = release.folders[host] ?? release.id
      guard let services = content(host, folder)?.keys else { return nil }
      return Dictionary(uniqueKeysWithValues: services.map { ($0, folder) })
    }
    return nil
  }

  /// What ran on a host after a release, by service; nil where nothing is known.
  package func running(on host: String, after record: ReleaseRecord) -> [String: String]? {
    folders(of: host, after: record).map { folders in
      Dictionary(
        uniqueKeysWithValues: folders.map { service, folder in
          (service, content(host, folder)?[service] ?? "release \(folder)")
        })
    }
  }

  /// How a host goes back to what it was after a release: from the release's own folder where that has
  /// the same; nil where nothing is known.
  package func composition(
    of host: String, after record: ReleaseRecord
  ) -> HostComposition? {
    guard let folders = folders(of: host, after: record) else { return nil }
    let own = record.folders[host] ?? record.id
    guard let held = content(host, own) else { return HostComposition(folders) }
    let nearest = folders.map { service, folder in
      let isSame = held[service] != nil && held[service] == content(host, folder)?[service]
      return (service, isSame ? own : folder)
    }
    return HostComposition(Dictionary(uniqueKeysWithValues: nearest), main: own)
  }
}
