// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What this checkout keeps of the releases that it brought to hosts: `.stagecraft/rendered`. People
// read the Compose files there; a plan to go back reads the rest. Nothing secret is in either.

package import Cache
import SystemPackage
package import Tasks

/// The releases that were brought to the hosts of an environment from here.
package struct RenderedReleases: Sendable {
  private let environment: String
  private let folder: FilePath

  /// Those of an environment, in the state of a project.
  package init(layout: StateLayout, environment: String) {
    self.environment = environment
    folder = layout.rendered.appending(environment)
  }

  /// Keeps what `release` is on a host, and of the others the newest so that `count` are there.
  package func keep(
    _ desired: DesiredHost, as release: String, on host: String, count: Int
  ) throws(CacheError) {
    let place = folder.appending(host)
    try FileSystem.createDirectory(place, mode: 0o700)
    // Files that a rollback used again are not at hand; they lie here since they were rendered.
    if !desired.compose.isEmpty {
      try FileSystem.replace(
        place.appending(release + ".yaml"), with: Array(desired.compose.utf8), mode: 0o600)
    }
    try FileSystem.replace(
      place.appending(release + ".json"), with: Array((KnownRelease(desired).json + "\n").utf8),
      mode: 0o600)
    let names = Set(FileTransfer.names(in: place).compactMap { FilePath.Component($0)?.stem })
    // Names begin with the time at which a release was made.
    for name in names.subtracting([release]).sorted(by: >).dropFirst(max(0, count - 1)) {
      for suffix in [".yaml", ".json"] {
        let file = place.appending(name + suffix)
        if FileIdentity(file.string) != nil { try FileSystem.removeFile(file) }
      }
    }
  }

  /// What services run of the images that they name, as far as that was brought to the hosts from here;
  /// what is not known stays a name.
  package func chosen(
    _ named: [NamedImage], hosts: [String], history: ReleaseHistory
  ) -> ChosenImages {
    // A history that cannot be read is said by those who need it.
    let current = (try? history.records()).flatMap {
      RollbackTarget.current(of: environment, in: $0)
    }
    return ChosenImages(
      named,
      keptIn: hosts.compactMap { host in
        current.flatMap { known($0.folders[host] ?? $0.id, on: host) }
      })
  }

  /// What a release is on a host; nil where it was not brought there from here.
  package func known(_ release: String, on host: String) -> KnownRelease? {
    do throws(CacheError) {
      let file = folder.appending(host).appending(release + ".json")
      guard let bytes = try FileSystem.read(file) else { return nil }
      return KnownRelease(json: String(decoding: bytes, as: UTF8.self))
    } catch {
      return nil
    }
  }
}
