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
  /// The label `dev.stagecraft.release`: the folder of the release that it was started from; empty for
  /// a container of other origin, or of before there was that label.
  package var release = ""
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
  /// What it has of other containers: the kind of a ``ServiceTie`` and an id or a name, as
  /// `network:ID`.
  package var shares: [String] = []
  /// When it was made, last started and last ended, by the host's clock; empty where nobody knows.
  package var created = ""
  package var started = ""
  package var finished = ""

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
    for text in [id, name, service, spec, release, image, state, health] { writer.write(text) }
    writer.write(exitCode)
    writer.write(restarts)
    writer.write(isOneOff)
    writer.write(shares)
    for text in [created, started, finished] { writer.write(text) }
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    id = try reader.readString()
    name = try reader.readString()
    service = try reader.readString()
    spec = try reader.readString()
    release = try reader.readString()
    image = try reader.readString()
    state = try reader.readString()
    health = try reader.readString()
    exitCode = try reader.readInt()
    restarts = try reader.readInt()
    isOneOff = try reader.readBool()
    shares = try reader.readList()
    created = try reader.readString()
    started = try reader.readString()
    finished = try reader.readString()
  }
}

/// A release whose files or whose record a host holds.
package struct HeldRelease: Storable, Hashable {
  package let id: String
  /// ``DesiredHost/digest``; empty where only the record is there, and no files.
  package let digest: String
  /// The bytes of its `record.json`; empty where there is none.
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

/// What a host has of one project of Compose, whoever started it.
package struct ComposeNeighbour: Sendable, Hashable {
  /// What of Stagecraft started a container.
  package struct Deployment: Sendable, Hashable {
    package let project: String
    package let environment: String

    /// Makes a value.
    package init(project: String, environment: String) {
      self.project = project
      self.environment = environment
    }
  }

  /// Whose deploys started its containers; empty where Compose alone did.
  package var deployments: Set<Deployment> = []
  /// The services that have a container, running or not.
  package var services: Set<String> = []
  /// The volumes, by the name that the Compose file has for them.
  package var volumes: [String: String] = [:]

  /// Nothing.
  package init() {}
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
  /// What is applied, as its files say it.
  package var applied = HostApplied()
  /// What the applied release says of itself; follows from the receipt and is not compared.
  package var manifest: HostManifest?
  package var lock: LockHolder?
  /// Sorted by name.
  package var containers: [RemoteContainer] = []
  /// What the images there are known as, sorted: ids (`sha256:…`), `repository@sha256:…` and
  /// `repository:tag`.
  package var images: [String] = []
  /// The networks and volumes there, as `network NAME`; nil where nobody said; not compared.
  package var resources: Set<String>?
  /// What is there of each project of Compose; not compared.
  package var projects: [String: ComposeNeighbour] = [:]
  /// The id behind each name of an image, as ``ImagePresence`` writes names; not compared.
  package var imageIDs: [String: String] = [:]
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

  /// What was last applied as a whole; nil where nothing ever was.
  package var receipt: HostReceipt? {
    get { applied.receipt }
    set { applied.receipt = newValue }
  }

  /// What of each service is applied.
  package var services: [String: ServiceReceipt] { applied.services(filledFrom: manifest) }

  package func write(to writer: inout RecordWriter) {
    for text in [host, engine, compose, platform] { writer.write(text) }
    writer.write(applied)
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
    applied = try HostApplied(from: &reader)
    lock = try reader.readOptional()
    containers = try reader.readList()
    images = try reader.readList()
    releases = try reader.readList()
  }
}
