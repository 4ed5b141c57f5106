// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what a host gets of an application, with Compose itself as the judge of what files mean:
// which services, which values and where, which bytes.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing
import YAML

@testable import Tasks

struct RenderHostTests {
  private let request = RenderExample.request

  @Test func `an image by digest makes another service, but not of one that runs it already`()
    async throws
  {
    let file = ["compose.yaml": "services: {db: {image: 'example/db:1', command: [a]}}\n"]
    try await RenderFixture.with(file) { fixture in
      let byName = try await fixture.render()
      let pinned = "example/db:1@sha256:" + String(repeating: "a", count: 64)
      func chosen(_ image: String, running spec: String?) -> RenderFixture.Request {
        var images = ChosenImages([
          .init(service: "db", reference: "example/db:1", image: image)
        ])
        images.running = spec.map { ["h1": ["db": $0]] } ?? [:]
        return RenderFixture.Request(named: images)
      }
      let fresh = try await fixture.render(chosen(pinned, running: nil))
      #expect(fresh.service("db")?.image == pinned)
      #expect(fresh.service("db")?.reference == nil)
      #expect(fresh.compose.contains(pinned))
      #expect(fresh.specs != byName.specs)
      // Deployed by name before this program knew digests, and running that very image.
      let taken = try await fixture.render(chosen(pinned, running: byName.specs["db"]))
      #expect(taken.specs == byName.specs)
      #expect(taken.compose.contains(pinned))
      // Something else is different as well: then it is replaced.
      let changed = try await fixture.render(chosen(pinned, running: "of something else"))
      #expect(changed.specs == fresh.specs)
      // An id does not tell the name that it stands for.
      let id = "sha256:" + String(repeating: "1", count: 64)
      #expect(
        try await fixture.render(chosen(id, running: nil)).service("db")?.reference
          == "example/db:1")
    }
  }

  @Test func `a host gets its own services and what they use`() async throws {
    try await RenderFixture.with(RenderExample.files) { fixture in
      let host = try await fixture.render(request)
      let node = try RenderFixture.node(host)
      #expect(node["name"]?.string == "sc-render")
      #expect(node["services"]?.mapping?.keys == ["api", "web"])
      #expect(node["networks"]?.mapping?.keys == ["back", "front"])
      #expect(node["volumes"]?.mapping?.keys == ["data"])
      #expect(host.services.map(\.name) == ["api", "web"])
      let web = try #require(node["services"]?["web"])
      #expect(web["image"]?.string == "r.example/web@sha256:aa")
      #expect(web["build"] == nil)
      #expect(web["develop"] == nil)
      #expect(web["depends_on"]?.mapping?.keys == ["api"])
      #expect(
        web["extra_hosts"]?.sequence?.compactMap(\.string) == ["db=10.0.0.3", "db=10.0.0.4"])
      let api = try #require(node["services"]?["api"])
      #expect(
        api["extra_hosts"]?.sequence?.compactMap(\.string) == [
          "database=10.0.0.3", "database=10.0.0.4", "db=10.0.0.3", "db=10.0.0.4",
        ])
      #expect(api["deploy"]?["replicas"]?.int == 2)
      #expect(api["env_file"] == nil)
      #expect(web["labels"]?["dev.stagecraft.project"]?.string == "demo")
      #expect(web["labels"]?["dev.stagecraft.environment"]?.string == "prod")
      #expect(web["labels"]?["dev.stagecraft.service"]?.string == "web")
    }
  }

  @Test func `mounted files go by their content, folders as a whole`() async throws {
    try await RenderFixture.with(RenderExample.files) { fixture in
      let host = try await fixture.render(request)
      #expect(host.files.map(\.path).sorted() == ["conf/a.conf", "conf/sub/b.conf", "key.txt"])
      let folder = try #require(host.files.first { $0.path == "conf/a.conf" }).remotePath
      let place = String(folder.dropLast("/a.conf".count))
      #expect(place.hasPrefix("files/") && place.hasSuffix("/conf"))
      #expect(host.files.contains { $0.remotePath == place + "/sub/b.conf" && $0.mode == 0o644 })
      let mounts = try #require(
        try RenderFixture.node(host)["services"]?["web"]?["volumes"]?.sequence)
      #expect(
        mounts.compactMap { $0["source"]?.string } == [
          "data", "/var/lib/stagecraft/demo/prod/" + place, "/srv",
        ])
      #expect(mounts[2]["bind"]?["create_host_path"]?.bool == true)
      #expect(mounts[1]["bind"] == nil)

      try fixture.tasks.project.write("conf/sub/b.conf", "changed")
      let changed = try await fixture.render(request)
      #expect(changed.specs["web"] != host.specs["web"])
      #expect(changed.specs["api"] == host.specs["api"])
    }
  }

  @Test func `what a service is said to be comes from its file`() async throws {
    try await RenderFixture.with(RenderExample.files) { fixture in
      let web = try #require(try await fixture.render(request).service("web"))
      #expect(web.image == "r.example/web@sha256:aa")
      #expect(web.hasHealthCheck)
      #expect(web.healthSeconds == 60)
      #expect(web.graceSeconds == 90)
      #expect(web.preStop == ["sh", "-c", "sleep 1"])
      var chosen = request
      chosen.services?[0].preStop = ["drain"]
      chosen.services?[0].healthSeconds = 7
      chosen.services?[0].drainSeconds = 4
      chosen.services?[1].replicas = 3
      let host = try await fixture.render(chosen)
      #expect(host.service("web")?.preStop == ["drain"])
      #expect(host.service("web")?.healthSeconds == 7)
      #expect(host.service("web")?.drainSeconds == 4)
      #expect(host.service("api")?.replicas == 3)
      #expect(try RenderFixture.node(host)["services"]?["api"]?["deploy"]?["replicas"]?.int == 3)
    }
  }

  @Test func `a render of a render is the same bytes`() async throws {
    try await RenderFixture.with(RenderExample.files) { fixture in
      let first = try await fixture.render(request)
      try await RenderFixture.with(["compose.yaml": first.compose]) { second in
        var again = request
        again.variables.merge(try RenderFixture.values(first.environment)) { _, new in new }
        again.images = [:]
        let host = try await second.render(again)
        #expect(host.compose == first.compose)
        #expect(host.environment == first.environment)
        #expect(host.specs == first.specs)
      }
    }
  }

  @Test func `order, checkout and machine change nothing`() async throws {
    let shuffled = """
      configs: {page: {content: "hello ${TOKEN}"}}
      secrets: {key: {file: ./key.txt}}
      volumes: {base: {name: precious}, data: {}}
      networks: {back: {driver: bridge}, front: {}}
      services:
        db: {volumes: ["base:/base"], networks: {front: {}, back: {aliases: [database]}}, image: "example/db:1"}
        api: {ports: [], volumes: [], labels: {}, env_file: [api.env], deploy: {replicas: 2}, networks: [back, front], image: "example/api:1"}
        web:
          stop_grace_period: 90s
          healthcheck: {retries: 5, timeout: 3s, interval: 5s, test: [CMD, "true"]}
          labels: ["docker-rollout.pre-stop-hook=sleep 1"]
          configs: [{target: /page, source: page}]
          secrets: [key]
          networks: {front: {aliases: [w]}}
          depends_on: {db: {condition: service_started}, api: {condition: service_healthy}}
          volumes: ["data:/data", "./conf:/conf:ro", "/srv:/srv"]
          ports: ["8080:80"]
          environment: [NOTHING, "PLAIN=one", "URL=http://${TOKEN}@api"]
          command: ["serve", "$$HOME", "--token=${TOKEN}"]
          build: {context: ./web}
      """
    let first = try await RenderFixture.with(RenderExample.files) { try await $0.render(request) }
    try await RenderFixture.with(RenderExample.files.merging(["compose.yaml": shuffled]) { $1 }) {
      fixture in
      var request = request
      request.secretKey = [2]
      request.services?.reverse()
      let second = try await fixture.render(request)
      #expect(second.compose == first.compose)
      #expect(second.environment == first.environment)
      #expect(second.digest == first.digest)
      #expect(second.files == first.files)
      #expect(second.fingerprint != first.fingerprint)
      let again = try await fixture.render(request)
      #expect(again.digest == first.digest)
      #expect(again.fingerprint == second.fingerprint)
    }
  }

  @Test func `what decides when a service starts does not replace it, what it is does`()
    async throws
  {
    let base = "services:\n  web:\n    image: a\n"
    func spec(_ more: String, variables: [String: String] = [:]) async throws -> String? {
      try await RenderFixture.with(["compose.yaml": base + more]) { fixture in
        var request = RenderFixture.Request()
        request.services = [ServiceRollout("web", choice: StrategyChoice(.rolling))]
        request.variables = variables
        return try await fixture.render(request).specs["web"]
      }
    }
    let plain = try await spec("")
    #expect(try await spec("    deploy: {replicas: 3}\n") == plain)
    #expect(try await spec("    scale: 3\n") == plain)
    #expect(try await spec("    pull_policy: always\n    profiles: [x]\n") == plain)
    #expect(try await spec("    depends_on: [db]\n  db: {image: b}\n") == plain)
    #expect(try await spec("    environment: {A: \"1\"}\n") != plain)
    #expect(try await spec("    labels: {a: \"1\"}\n") != plain)
    #expect(try await spec("networks: {default: {driver: ipvlan}}\n") != plain)
    let variable = "    environment: {A: \"${A}\"}\n"
    #expect(
      try await spec(variable, variables: ["A": "1"])
        != (try await spec(variable, variables: ["A": "2"])))
  }

  @Test func `networks and volumes keep the names that were written for them`() async throws {
    let text = """
      services:
        web: {image: a, networks: [default, old, own], volumes: ["data:/d", "kept:/k"]}
      networks: {old: {external: true, name: sc-render_old}, own: {name: own}}
      volumes: {data: {}, kept: {name: kept}}
      """
    try await RenderFixture.with(["compose.yaml": text]) { fixture in
      let node = try RenderFixture.node(try await fixture.render())
      #expect(node["networks"]?["default"]?["name"] == nil)
      #expect(node["networks"]?["old"]?["name"]?.string == "sc-render_old")
      #expect(node["networks"]?["old"]?["external"]?.bool == true)
      #expect(node["networks"]?["own"]?["name"]?.string == "own")
      #expect(node["volumes"]?["data"]?["name"] == nil)
      #expect(node["volumes"]?["kept"]?["name"]?.string == "kept")
    }
  }

  @Test func `an empty port is not published`() async throws {
    let text = """
      services:
        db: {image: a, ports: ["${DB_PORT_PUBLISH}:5432"]}
        web: {image: a, ports: ["80", "8080:80"]}
      """
    try await RenderFixture.with(["compose.yaml": text]) { fixture in
      var request = RenderFixture.Request()
      request.settings = ComposeSettings.variables(["db_port_publish": "", "other": "x"])
      var services = try #require(
        try RenderFixture.node(try await fixture.render(request))["services"])
      #expect(services["db"]?["ports"] == nil)
      #expect(services["web"]?["ports"]?.sequence?.count == 1)
      request.settings = ComposeSettings.variables(["db_port_publish": "5433"])
      services = try #require(try RenderFixture.node(try await fixture.render(request))["services"])
      #expect(services["db"]?["ports"]?.sequence?.first?["published"]?.string == "5433")
      #expect(services["web"]?["ports"]?.sequence?.count == 2)
    }
  }

  @Test func `a link is what it leads to, an executable stays one`() async throws {
    let text = "services:\n  web: {image: a, volumes: [\"./tools:/t\", \"./one:/one\"]}\n"
    try await RenderFixture.with(["compose.yaml": text]) { fixture in
      let project = fixture.tasks.project
      try project.write("tools/run", "#!/bin/sh\n", mode: 0o775)
      try project.write("real", "content")
      try project.link("tools/linked", to: "../real")
      try project.link("one", to: "real")
      let host = try await fixture.render()
      #expect(
        host.files.map { "\($0.path) \($0.mode)" }.sorted() == [
          "real \(0o644)", "real \(0o644)", "tools/run \(0o755)",
        ])
      #expect(host.files.contains { $0.remotePath.hasSuffix("/tools/linked") })
      #expect(host.files.contains { $0.remotePath.hasSuffix("/one") })
      try project.write("real", "other")
      #expect(try await fixture.render().specs != host.specs)
    }
  }

  @Test func `services start after those they wait for`() {
    func service(_ name: String, _ needs: [String]) -> ComposeService {
      var service = ComposeService(name: name, image: nil, build: nil)
      service.dependencies = needs.map { ComposeDependency(service: $0) }
      return service
    }
    let model = ComposeModel(services: [
      service("a", ["m"]), service("b", []), service("m", ["z"]), service("z", []),
    ])
    #expect(StartOrder.sorted(["a", "b", "m", "z"], in: model) == ["z", "m", "a", "b"])
    #expect(StartOrder.sorted(["a", "z"], in: model) == ["z", "a"])
  }
}
