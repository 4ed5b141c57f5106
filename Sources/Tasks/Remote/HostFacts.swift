// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What one host says of itself in one answer: what runs, what was applied, what it holds. A value;
// knows neither the script that asks nor how the answer travels.

package import Cache

/// A container of our Compose project on a host.
package struct RemoteContainer: Storable, Hashable {
  package let id: String
  package let name: String
  /// The Compose service.
  package let service: String
  /// The label `dev.stagecraft.spec`: what it was started as; empty for a container of other origin.
  package let spec: String
  /// The image's id: `sha256:…`.
  package let image: String
  /// The engine's word: `running`, `exited`, `paused`, `restarting`, `created`, `dead`.
  package let state: String
  /// The engine's word: `healthy`, `unhealthy`, `starting`; `none` without a health check.
  package let health: String
  package let exitCode: Int
  package let restarts: Int
  /// Whether it came from `docker compose run`.
  package let isOneOff: Bool

  /// Makes a value.
  package init(
    id: String, name: String, service: String, spec: String, image: String, state: String,
    health: String, exitCode: Int, restarts: Int, isOneOff: Bool
  ) {
    self.id = id
    self.name = name
    self.service = service
    self.spec = spec
    self.image = image
    self.state = state
    self.health = health
    self.exitCode = exitCode
    self.restarts = restarts
    self.isOneOff = isOneOff
  }

  package func write(to writer: inout RecordWriter) {
    for text in [id, name, service, spec, image, state, health] { writer.write(text) }
    writer.write(exitCode)
    writer.write(restarts)
    writer.write(isOneOff)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    id = try reader.readString()
    name = try reader.readString()
    service = try reader.readString()
    spec = try reader.readString()
    image = try reader.readString()
    state = try reader.readString()
    health = try reader.readString()
    exitCode = try reader.readInt()
    restarts = try reader.readInt()
    isOneOff = try reader.readBool()
  }
}

/// What was last applied on a host, as the host itself keeps it.
package struct HostReceipt: Storable, Hashable {
  /// The release whose files are in use.
  package let release: String
  /// ``DesiredHost/digest`` of what was applied.
  package let digest: String

  /// Makes a value.
  package init(release: String, digest: String) {
    self.release = release
    self.digest = digest
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(release)
    writer.write(digest)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    release = try reader.readString()
    digest = try reader.readString()
  }
}

/// A release whose files a host holds.
package struct HeldRelease: Storable, Hashable {
  package let id: String
  /// ``DesiredHost/digest``.
  package let digest: String
  /// The bytes of `release.json`, as the deploy that made it wrote them.
  package let record: String

  /// Makes a value.
  package init(id: String, digest: String, record: String) {
    self.id = id
    self.digest = digest
    self.record = record
  }

  package func write(to writer: inout RecordWriter) {
    for text in [id, digest, record] { writer.write(text) }
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    id = try reader.readString()
    digest = try reader.readString()
    record = try reader.readString()
  }
}

/// Who holds the lock of a host.
package struct LockHolder: Storable, Hashable {
  /// `user@machine (stagecraft deploy …)`.
  package let owner: String
  /// Tells holders with equal names apart.
  package let token: String
  /// Seconds since it was taken, by the host's clock.
  package let age: Int
  /// Seconds since its last heartbeat, by the host's clock.
  package let silence: Int
  /// Whether it may be taken over.
  package let isExpired: Bool

  /// Makes a value.
  package init(owner: String, token: String, age: Int, silence: Int, isExpired: Bool) {
    self.owner = owner
    self.token = token
    self.age = age
    self.silence = silence
    self.isExpired = isExpired
  }

  /// Ages change by the second and are no part of what is compared.
  package func write(to writer: inout RecordWriter) {
    writer.write(owner)
    writer.write(token)
    writer.write(isExpired)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    owner = try reader.readString()
    token = try reader.readString()
    isExpired = try reader.readBool()
    age = 0
    silence = 0
  }
}

/// What one host says of itself.
package struct HostFacts: Storable, Hashable {
  package let host: String
  /// The engine's version; empty where no engine answers.
  package var engine = ""
  /// The version of the compose plugin, or `installed` where a release was applied before and nobody
  /// asked for the version; empty where there is none.
  package var compose = ""
  /// The engine's platform: `linux/amd64`.
  package var platform = ""
  package var receipt: HostReceipt?
  /// What the applied release says of itself; follows from the receipt and is not compared.
  package var manifest: HostManifest?
  package var lock: LockHolder?
  /// Sorted by name.
  package var containers: [RemoteContainer] = []
  /// What the images there are known as, sorted: ids (`sha256:…`), `repository@sha256:…` and
  /// `repository:tag`.
  package var images: [String] = []
  /// Newest last.
  package var releases: [HeldRelease] = []
  /// Bytes free where the engine keeps images; not compared.
  package var freeBytes: Int64 = 0
  /// Why no engine answers, in the words of the program there; empty where one does; not compared.
  package var problem = ""
  /// Seconds since 1970 by the host's clock; not compared.
  package var clock: Int64 = 0

  /// Facts of a host of which nothing is known.
  package init(host: String) { self.host = host }

  package func write(to writer: inout RecordWriter) {
    for text in [host, engine, compose, platform] { writer.write(text) }
    writer.write(receipt)
    writer.write(lock)
    writer.write(containers)
    writer.write(images)
    writer.write(releases)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    host = try reader.readString()
    engine = try reader.readString()
    compose = try reader.readString()
    platform = try reader.readString()
    receipt = try reader.readOptional()
    lock = try reader.readOptional()
    containers = try reader.readList()
    images = try reader.readList()
    releases = try reader.readList()
  }
}
