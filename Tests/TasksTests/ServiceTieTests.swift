// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what facts say of a service that lives in the container of another, of one that is restarted
// with another, of one that may end, and of what a host lacks.

import TaskGraph
import Testing

@testable import Tasks

struct ServiceTieTests {
  private func container(
    _ id: String, _ service: String, spec: String = "", state: String = "running",
    shares: [String] = [], created: String = "", started: String = "", finished: String = "",
    exitCode: Int = 0
  ) -> RemoteContainer {
    var container = RemoteContainer(
      id: id, name: "p-\(service)-1", service: service, spec: spec.isEmpty ? service : spec,
      image: "sha256:1", state: state, health: "none", exitCode: exitCode, restarts: 0,
      isOneOff: false)
    container.shares = shares
    container.created = created
    container.started = started
    container.finished = finished
    return container
  }

  private func desired(_ services: [ReleasedService]) -> DesiredHost {
    DesiredHost(
      services: services, compose: "", files: [], environment: [],
      specs: Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0.name) }),
      digest: "digest", key: [])
  }

  private func service(
    _ name: String, _ change: (inout ReleasedService) -> Void = { _ in }
  ) -> ReleasedService {
    var service = ReleasedService(name: name, image: "a")
    change(&service)
    return service
  }

  private func view(
    _ name: String, _ services: [ReleasedService], _ containers: [RemoteContainer],
    leaving: Set<String> = []
  ) throws -> ServiceView {
    var facts = HostFacts(host: "h1")
    facts.containers = containers
    return try ServiceView(name, desired: desired(services), facts: facts, leaving: leaving)
  }

  private var pair: [ReleasedService] {
    [service("vpn"), service("app") { $0.ties = [ServiceTie(.network, of: "vpn")] }]
  }

  @Test func `who lives in a container that stays is up to date`() throws {
    let vpn = container("v", "vpn", started: "2026-01-01T00:00:01.5Z")
    for name in ["v", "p-vpn-1"] {
      let app = container(
        "a", "app", shares: ["network:\(name)"], started: "2026-01-01T00:00:01.51Z")
      let view = try view("app", pair, [vpn, app])
      #expect(view.isCurrent)
      #expect(view.input == Array("app\n".utf8))
    }
  }

  @Test(arguments: [
    // Gone, of another kind, replaced, started again, and nothing at all.
    ["network:old"], ["pid:v"], [], ["network:later"],
  ])
  func `who lives in a container that is gone is not up to date`(_ shares: [String]) throws {
    let containers = [
      container("v", "vpn", started: "2026-01-01T00:00:01Z"),
      container("later", "vpn", spec: "other", started: "2026-01-01T00:00:09Z"),
      container("a", "app", shares: shares, started: "2026-01-01T00:00:02Z"),
    ]
    let view = try view("app", pair, containers)
    #expect(!view.isCurrent && !view.isStarted && !view.isAlone)
    #expect(view.old.map(\.id) == ["a"])
    #expect(view.input == Array("app a\n".utf8))
    #expect(view.summary == "1 shares the network of `vpn` as it was before")
  }

  @Test func `a home that was started again is another network, but has the same volumes`() throws {
    let vpn = container("v", "vpn", started: "2026-01-01T00:00:03Z")
    let app = container("a", "app", shares: ["network:v"], started: "2026-01-01T00:00:02Z")
    #expect(try !view("app", pair, [vpn, app]).isCurrent)
    let lent = [service("vpn"), service("app") { $0.ties = [ServiceTie(.volumes, of: "vpn")] }]
    let reader = container("a", "app", shares: ["volumes:v"], started: "2026-01-01T00:00:02Z")
    #expect(try view("app", lent, [vpn, reader]).isCurrent)
  }

  @Test func `who lives in what will be replaced will be, too, through a third as well`() throws {
    let chain =
      pair + [service("side") { $0.ties = [ServiceTie(.pid, of: "app")] }]
    let old = container("v", "vpn", spec: "before")
    let app = container("a", "app", shares: ["network:v"])
    let side = container("s", "side", shares: ["pid:a"])
    let seen = try view("app", chain, [old, app, side])
    #expect(!seen.isCurrent)
    #expect(seen.summary == "shares the network of `vpn`, which is replaced")
    #expect(
      try view("side", chain, [old, app, side]).summary
        == "shares the processes of `app`, which is replaced")
    // Left alone, the old one is the right one.
    #expect(try view("app", chain, [old, app, side], leaving: ["vpn"]).isCurrent)
  }

  @Test func `a release of before ties were kept is read as it was`() throws {
    let text = """
      {"name":"web","waitsFor":{},"image":"a","strategy":"rolling","strategyReason":"",\
      "replicas":1,"hasHealthCheck":false,"healthSeconds":60,"settleSeconds":3,"graceSeconds":10,\
      "drainSeconds":0,"preStop":[]}
      """
    let old = try #require(ReleasedService(json: text))
    #expect(old == ReleasedService(name: "web", image: "a"))
    var new = old
    new.ties = [ServiceTie(.ipc, of: "db")]
    new.end = .written
    new.restartsWith = ["db"]
    new.externals = ["network edge"]
    #expect(ReleasedService(json: new.json) == new)
  }

  @Test func `a service is restarted when what it needs is replaced or was since it started`()
    throws
  {
    let services = [service("db"), service("web") { $0.restartsWith = ["db"] }]
    let web = container("w", "web", started: "2026-01-01T00:00:05Z")
    func restarting(_ db: RemoteContainer, leaving: Set<String> = []) throws -> [String] {
      try view("web", services, [db, web], leaving: leaving).restarting.map(\.id)
    }
    let before = container("d", "db", created: "2026-01-01T00:00:01Z")
    let after = container("d", "db", created: "2026-01-01T00:00:05.001Z")
    let old = container("d", "db", spec: "before", created: "2026-01-01T00:00:01Z")
    #expect(try restarting(before) == [])
    #expect(try restarting(after) == ["w"])
    #expect(try restarting(old) == ["w"])
    #expect(try restarting(old, leaving: ["db"]) == [])
    #expect(try view("web", services, [after, web]).isCurrent == false)
    #expect(try view("web", services, [old]).restarting == [])
    // Through a third: who is restarted restarts those that ask for it.
    let three = services + [service("top") { $0.restartsWith = ["web"] }]
    let top = container("t", "top", started: "2026-01-01T00:00:06Z")
    #expect(try view("top", three, [old, web, top]).restarting.map(\.id) == ["t"])
    #expect(try view("top", three, [before, web, top]).restarting == [])
  }

  @Test func `an end that may come is no fault, one that somebody made is`() throws {
    func seen(_ end: ReleasedService.End?, _ seconds: Int, code: Int = 0) throws -> Bool {
      try view(
        "seed", [service("seed") { $0.end = end }],
        [
          container(
            "s", "seed", state: "exited", started: "2026-01-01T00:00:00.2Z",
            finished: "2026-01-01T00:00:\(seconds < 10 ? "0" : "")\(seconds).1Z", exitCode: code)
        ]
      ).isCurrent
    }
    #expect(try seen(.written, 1))
    #expect(try seen(.written, 50))
    #expect(try seen(.likely, 2))
    // An engine may write the end of a very short run before its start.
    #expect(try seen(.likely, 0))
    #expect(try !seen(.likely, 50))
    #expect(try !seen(nil, 1))
    #expect(try !seen(.written, 1, code: 1))
    let running = container("o", "seed", spec: "before")
    func mayEnd(_ end: ReleasedService.End?, _ containers: [RemoteContainer]) throws -> Bool {
      try view("seed", [service("seed") { $0.end = end }], containers).mayEnd
    }
    #expect(try mayEnd(.likely, []))
    #expect(try !mayEnd(.likely, [running]))
    #expect(try mayEnd(.written, [running]))
    #expect(
      try view("seed", [service("seed") { $0.end = .written }], []).input
        == Array("seed ends\n".utf8))
  }

  @Test func `what a host lacks is named with what makes it`() throws {
    let wanted = desired([
      service("web") { $0.externals = ["network edge", "volume store"] }, service("other"),
    ])
    var facts = HostFacts(host: "h1")
    #expect(HostLack(wanted, facts, leaving: []) == nil)
    facts.resources = ["network edge"]
    let lack = try #require(HostLack(wanted, facts, leaving: []))
    #expect(
      lack.error.message
        == "service `web` needs the external volume `store`, which `h1` does not have")
    #expect(lack.error.hint == "run on `h1`: docker volume create store")
    #expect(HostLack(wanted, facts, leaving: ["web"]) == nil)
    facts.resources = ["network edge", "volume store"]
    #expect(HostLack(wanted, facts, leaving: []) == nil)
  }
}
