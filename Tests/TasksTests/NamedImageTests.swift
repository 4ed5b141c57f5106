// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves which image stands for a name: what the environment runs already, else what registry, engine
// or hosts have. No program is run.

import TaskGraph
import Testing

@testable import Tasks

struct NamedImageTests {
  private static let a = "sha256:" + String(repeating: "a", count: 64)
  private static let b = "sha256:" + String(repeating: "b", count: 64)
  private static let id = "sha256:" + String(repeating: "1", count: 64)
  private static let other = "sha256:" + String(repeating: "2", count: 64)

  private static func named(_ service: String, _ reference: String = "db:15") -> NamedImage {
    NamedImage(service: service, reference: reference)
  }

  /// A host that runs `service` as `image`, and knows these names of images by id.
  private static func host(
    _ name: String, release: String = "rel-1", image: String, reference: String? = nil,
    running id: String? = nil, knows ids: [String: String] = [:]
  ) -> HostFacts {
    var facts = HostFacts(host: name)
    facts.receipt = HostReceipt(folder: release, digest: "d")
    var service = ReleasedService(name: "db", image: image)
    service.reference = reference
    facts.manifest = HostManifest(digest: "d", services: [service], specs: [:])
    facts.imageIDs = ids
    facts.images = Set(ids.values).sorted()
    if let id {
      facts.containers = [
        RemoteContainer(
          id: "c", name: "db-1", service: "db", spec: "s", image: id, state: "running",
          health: "none", exitCode: 0, restarts: 0, isOneOff: false)
      ]
    }
    return facts
  }

  @Test func `what is deployed stays, for the same name, also of another service`() {
    let kept = KeptImages([Self.host("h1", image: "db:15@\(Self.a)")])
    #expect(kept.image(of: Self.named("db")) == "db:15@\(Self.a)")
    #expect(kept.image(of: Self.named("copy")) == "db:15@\(Self.a)")
    #expect(kept.image(of: Self.named("db", "db:16")) == nil)
  }

  @Test func `where hosts differ the newest release counts`() {
    let hosts = [
      Self.host("h1", release: "rel-2", image: "db:15@\(Self.b)"),
      Self.host("h2", release: "rel-1", image: "db:15@\(Self.a)"),
    ]
    for order in [hosts, hosts.reversed()] {
      #expect(KeptImages(order).image(of: Self.named("db")) == "db:15@\(Self.b)")
    }
  }

  @Test func `an image that no registry has is kept under the name that stood for it`() {
    let kept = KeptImages([Self.host("h1", image: Self.id, reference: "db:15")])
    #expect(kept.image(of: Self.named("db")) == Self.id)
    // One that was built has none.
    #expect(KeptImages([Self.host("h1", image: Self.id)]).image(of: Self.named("db")) == nil)
  }

  @Test func `a release by name is what its containers run, not what the name is now`() {
    let ids = ["db@\(Self.a)": Self.id, "db:15": Self.other, "db@\(Self.b)": Self.other]
    let running = Self.host("h1", image: "db:15", running: Self.id, knows: ids)
    #expect(KeptImages([running]).image(of: Self.named("db")) == "db:15@\(Self.a)")
    // Its digest was taken from it: then it is its id.
    let bare = Self.host("h1", image: "db:15", running: Self.id, knows: ["db:15": Self.other])
    #expect(KeptImages([bare]).image(of: Self.named("db")) == Self.id)
    // Without a container it is what the name is there.
    let gone = Self.host("h1", image: "db:15", knows: ids)
    #expect(KeptImages([gone]).image(of: Self.named("db")) == "db:15@\(Self.b)")
  }

  @Test func `a name that nobody ran is the registry's, then the engine's, then a host's`() {
    let held = Self.host("h1", image: "x", knows: ["db:15": Self.other])
    var sources = ImageSources(hosts: [held], isLocal: false)
    #expect(sources.first("db:16") == "db:16")
    sources.registry["db:15"] = .silent("away")
    #expect(sources.first("db:15") == Self.other)
    sources.engine = EngineImageList([
      .init(id: Self.id, references: ["db:15"], contentKey: nil, repositoryDigests: [])
    ])
    #expect(sources.first("docker.io/library/db:15") == Self.id)
    sources.registry["db:15"] = .digest(Self.a)
    #expect(sources.first("db:15") == "db:15@\(Self.a)")
  }

  @Test func `a copy with a digest came from a registry, and goes before one without`() {
    let pulled = Self.host(
      "h2", image: "x", knows: ["db:15": Self.other, "db@\(Self.b)": Self.other])
    var sources = ImageSources(
      hosts: [Self.host("h1", image: "x", knows: ["db:15": Self.id]), pulled], isLocal: false)
    sources.registry["db:15"] = .silent("away")
    sources.engine = EngineImageList([
      .init(id: Self.id, references: ["db:15"], contentKey: nil, repositoryDigests: [])
    ])
    #expect(sources.first("db:15") == "db:15@\(Self.b)")
    #expect(sources.notes(on: ChosenImages([])) == [])
  }

  @Test func `on this machine's engine a name is what Docker would run`() throws {
    var sources = ImageSources(
      hosts: [Self.host("local", image: "x", knows: ["db:15": Self.id])], isLocal: true)
    sources.registry["db:15"] = .digest(Self.b)
    #expect(sources.first("db:15") == Self.id)
    #expect(try sources.newest("db:15") == "db:15@\(Self.b)")
  }

  @Test func `who asks for what is new now gets it, or the registry's name`() throws {
    var sources = ImageSources(hosts: [], isLocal: false)
    sources.registry["r.example/db:15"] = .silent("connection refused")
    let error = #expect(throws: TaskError.self) { try sources.newest("r.example/db:15") }
    #expect(error?.message.contains("r.example") == true)
    #expect(error?.logTail == ["connection refused"])
    // Where only the engine has it, it is what the engine has.
    sources.engine = EngineImageList([
      .init(id: Self.id, references: ["r.example/db:15"], contentKey: nil, repositoryDigests: [])
    ])
    #expect(try sources.newest("r.example/db:15") == Self.id)
  }

  @Test func `what nobody could tell for certain is said`() {
    var sources = ImageSources(
      hosts: [Self.host("h1", image: "x", knows: ["db:15": Self.other])], isLocal: false)
    sources.registry = ["db:15": .silent("away"), "web:1": .silent("away")]
    let notes = sources.notes(
      on: ChosenImages([
        .init(service: "db", reference: "db:15", image: sources.first("db:15")),
        .init(service: "web", reference: "web:1", image: sources.first("web:1")),
      ]))
    #expect(notes.count == 2)
    #expect(notes[0].contains("`h1`") && notes[1].contains("pulled by name"))
  }

  @Test func `names that can move are those without a digest and no ids`() {
    #expect(NamedImage.isMovable("db") && NamedImage.isMovable("r:5000/db:15"))
    #expect(!NamedImage.isMovable("db:15@\(Self.a)") && !NamedImage.isMovable(Self.id))
  }
}
