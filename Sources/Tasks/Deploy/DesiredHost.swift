// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What one host is to run, complete: made by rendering for a deploy, read from the host for a
// rollback. All tasks on a host go by it. Its secret parts are in memory only.

package import Cache

/// A file that a service mounts, laid on the host under the digest of its content, so that a change of
/// content is a change of path and the service is replaced.
package struct ReleasedFile: Storable, Hashable {
  /// Relative to the project's root.
  package let path: String
  /// Below the host's directory: `files/<digest>/<name>`.
  package let remotePath: String
  /// Permission bits.
  package let mode: Int

  /// Makes a value.
  package init(path: String, remotePath: String, mode: Int) {
    self.path = path
    self.remotePath = remotePath
    self.mode = mode
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(path)
    writer.write(remotePath)
    writer.write(mode)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    path = try reader.readString()
    remotePath = try reader.readString()
    mode = try reader.readInt()
  }
}

/// What one host is to run.
package struct DesiredHost: Storable {
  /// In the order in which they start.
  package let services: [ReleasedService]
  /// The text of `compose.yaml`; empty where the host has it already.
  package let compose: String
  /// The files that services mount.
  package let files: [ReleasedFile]
  /// The lines of the file `env`: assignments for `sh`, secret, never stored or shown; empty where the
  /// host has it already.
  package let environment: [UInt8]
  /// The value of the label `dev.stagecraft.spec` by service: a digest of all that the service is,
  /// values of its environment among it; never stored or shown.
  package let specs: [String: String]
  /// What each service is, part by part.
  package let parts: [String: ServiceParts]
  /// Tells machines apart whose digests of values cannot be compared.
  package let partsKey: String
  /// The folders of earlier releases that services run from, by service; empty where all run from the one
  /// that is laid on the host.
  package private(set) var folders: [String: String] = [:]
  /// The volumes that Compose makes for each service: their names there, by those that the Compose file
  /// has for them; not stored.
  package var volumes: [String: [String: String]] = [:]
  /// Services whose image, or that of one that they live in, is yet to be built, so that their specs
  /// are not the final ones; in plans alone.
  package var unsettled: Set<String> = []
  /// A digest of all of this, in hexadecimal; never stored or shown.
  package let digest: String
  /// The same digested with this machine's key: what records get in place of the three above.
  package let fingerprint: Digest
  /// Each of `specs` digested with this machine's key.
  package let fingerprints: [String: Digest]

  /// Makes a value; `key` is this machine's, for what may be on its disk.
  package init(
    services: [ReleasedService], compose: String, files: [ReleasedFile], environment: [UInt8],
    specs: [String: String], parts: [String: ServiceParts] = [:], digest: String, key: [UInt8]
  ) {
    self.parts = parts
    partsKey = Digest.keyed(Array("parts".utf8), by: key).short
    fingerprint = Digest.keyed(Array(digest.utf8), by: key)
    fingerprints = specs.mapValues { Digest.keyed(Array($0.utf8), by: key) }
    self.services = services
    self.compose = compose
    self.files = files
    self.environment = environment
    self.specs = specs
    self.digest = digest
  }

  /// What may be known of it without asking the host.
  init(
    services: [ReleasedService], fingerprint: Digest, fingerprints: [String: Digest],
    parts: [String: ServiceParts], partsKey: String
  ) {
    self.parts = parts
    self.partsKey = partsKey
    self.services = services
    self.fingerprint = fingerprint
    self.fingerprints = fingerprints
    compose = ""
    files = []
    environment = []
    specs = [:]
    digest = ""
  }

  /// What a host says that it was: each service as the release in `folders` has it.
  ///
  /// It is one release, with that one's digest, where nothing of it is missing and nothing else is there.
  package init(
    recalled manifests: [String: HostManifest], folders: [String: String], main: String,
    key: [UInt8]
  ) {
    let whole = manifests[main]
    var services: [ReleasedService] = []
    var specs: [String: String] = [:]
    var parts: [String: ServiceParts] = [:]
    // In the order of the newest of them, then of the others.
    let order = [main] + manifests.keys.filter { $0 != main }.sorted(by: >)
    for folder in order {
      for service in manifests[folder]?.services ?? [] where folders[service.name] == folder {
        services.append(service)
        specs[service.name] = manifests[folder]?.specs[service.name]
        parts[service.name] = manifests[folder]?.parts?[service.name]
      }
    }
    let isWhole =
      Set(whole?.services.map(\.name) ?? []) == Set(folders.keys)
      && services.allSatisfy { service in
        whole?.specs[service.name] == specs[service.name]
          && whole?.services.contains(service) == true
      }
    let text = services.map { $0.json + (specs[$0.name] ?? "") }.sorted().joined(separator: "\n")
    self.init(
      services: services, compose: "", files: [], environment: [], specs: specs, parts: parts,
      digest: isWhole ? whole?.digest ?? "" : "composed-" + Digest.of(text).hex, key: key)
    self.folders = isWhole ? folders.mapValues { _ in main } : folders
  }

  /// What may be known of it without asking the host: each service as the release in `folders` has it.
  package init(
    known releases: [String: KnownRelease], folders: [String: String], main: String
  ) {
    var services: [ReleasedService] = []
    var fingerprints: [String: Digest] = [:]
    var parts: [String: ServiceParts] = [:]
    for folder in [main] + releases.keys.filter({ $0 != main }).sorted(by: >) {
      guard let desired = releases[folder]?.desired else { continue }
      for service in desired.services where folders[service.name] == folder {
        services.append(service)
        fingerprints[service.name] = desired.fingerprints[service.name]
        parts[service.name] = desired.parts[service.name]
      }
    }
    let whole = releases[main]?.desired
    let isWhole =
      folders.values.allSatisfy { $0 == main } && services.count == whole?.services.count
    let text = fingerprints.sorted { $0.key < $1.key }.map { $0.key + $0.value.hex }.joined()
    self.init(
      services: services, fingerprint: isWhole ? whole?.fingerprint ?? .zero : Digest.of(text),
      fingerprints: fingerprints, parts: parts, partsKey: whole?.partsKey ?? "")
    self.folders = folders
  }

  /// The folder that a service runs from, where `laid` is the one that is laid on the host.
  package func folder(of service: String, laid: UploadedRelease) -> String {
    folders[service] ?? laid.id
  }

  /// What stands for the spec of a service in keys and records.
  package func fingerprint(of service: String) -> Digest { fingerprints[service] ?? .zero }

  /// What the host keeps of it.
  package var manifest: HostManifest {
    HostManifest(
      digest: digest, services: services, specs: specs, parts: parts, partsKey: partsKey)
  }

  /// The service of that name.
  package func service(_ name: String) -> ReleasedService? { services.first { $0.name == name } }

  /// Whether the image of a service is known.
  func isImageSettled(of service: String) -> Bool {
    self.service(service).map { $0.image != ServiceParts.unsettled } ?? false
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(services)
    writer.write(compose)
    writer.write(files)
    writer.write(fingerprint)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    services = try reader.readList()
    compose = try reader.readString()
    files = try reader.readList()
    fingerprint = try reader.readDigest()
    fingerprints = [:]
    environment = []
    specs = [:]
    parts = [:]
    partsKey = ""
    digest = ""
  }
}
