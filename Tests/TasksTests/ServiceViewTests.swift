// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what is read from facts without asking a host: what is current, healthy, alone, done, held,
// too old, or somebody else's.

import Cache
import TaskGraph
import Tasks
import Testing

struct ServiceViewTests {
  /// A container in few words.
  struct Seen: Sendable, CustomTestStringConvertible {
    var spec = "new"
    var state = "running"
    var health = "none"
    var exitCode = 0
    var restarts = 0
    var isOneOff = false
    var service = "web"

    var testDescription: String { "\(spec) \(state) \(health) \(exitCode) \(restarts)" }
  }

  /// What facts show, and what must be read from them.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var seen: [Seen] = []
    var replicas = 1
    var strategy = ReleasedService.Strategy.rolling
    var isApplied = false
    /// Words for what is true: `started`, `healthy`, `alone`, `completed`, `current`.
    let truths: Set<String>

    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "nothing is there", truths: ["alone"]),
    Case(
      name: "one runs without a check", seen: [Seen()],
      truths: ["started", "healthy", "alone", "current"]),
    Case(
      name: "one is healthy", seen: [Seen(health: "healthy")],
      truths: ["started", "healthy", "alone", "current"]),
    Case(name: "one starts", seen: [Seen(health: "starting")], truths: ["started", "alone"]),
    Case(
      name: "one is unhealthy", seen: [Seen(health: "unhealthy")], truths: ["started", "alone"]),
    Case(
      name: "one was restarted and has no check", seen: [Seen(restarts: 2)],
      truths: ["started", "alone"]),
    Case(
      name: "one was restarted and its check is well", seen: [Seen(health: "healthy", restarts: 2)],
      truths: ["started", "healthy", "alone", "current"]),
    Case(
      name: "one is being restarted", seen: [Seen(state: "restarting")],
      truths: ["started", "alone"]),
    Case(name: "one is paused", seen: [Seen(state: "paused")], truths: ["alone"]),
    Case(
      name: "one has ended well", seen: [Seen(state: "exited")], truths: ["alone", "completed"]),
    Case(
      name: "one has ended badly", seen: [Seen(state: "exited", exitCode: 1)], truths: ["alone"]),
    Case(name: "an old one runs", seen: [Seen(spec: "old")], truths: []),
    Case(
      name: "an old one is left beside a new one",
      seen: [Seen(), Seen(spec: "old", state: "exited")],
      truths: ["started", "healthy"]),
    Case(name: "one of no known origin", seen: [Seen(spec: "")], truths: []),
    Case(
      name: "a one-off one counts for nothing", seen: [Seen(spec: "old", isOneOff: true)],
      truths: ["alone"]),
    Case(
      name: "one of another service", seen: [Seen(spec: "old", service: "api")], truths: ["alone"]),
    Case(name: "one of two", seen: [Seen()], replicas: 2, truths: ["alone"]),
    Case(
      name: "two of one", seen: [Seen(), Seen()], truths: ["started", "healthy"]),
    Case(
      name: "none is wanted", replicas: 0, truths: ["started", "healthy", "alone", "current"]),
    Case(
      name: "a job that ended well", seen: [Seen(state: "exited")], strategy: .job,
      truths: ["alone", "completed", "current"]),
    Case(
      name: "a job whose container somebody removed", strategy: .job, isApplied: true,
      truths: ["alone", "completed", "current"]),
    Case(
      name: "a job that runs", seen: [Seen()], strategy: .job,
      truths: ["started", "healthy", "alone"]),
  ]

  private func desired(_ service: ReleasedService) -> DesiredHost {
    DesiredHost(
      services: [service], compose: "", files: [], environment: [], specs: ["web": "new"],
      digest: "digest", key: [])
  }

  private func facts(_ seen: [Seen], isApplied: Bool = false) -> HostFacts {
    var facts = HostFacts(host: "h1")
    facts.containers = seen.enumerated().map { position, seen in
      RemoteContainer(
        id: "id\(position)", name: "name\(position)", service: seen.service, spec: seen.spec,
        image: "sha256:1", state: seen.state, health: seen.health, exitCode: seen.exitCode,
        restarts: seen.restarts, isOneOff: seen.isOneOff)
    }
    if isApplied { facts.applied = HostApplied(receipt: "", services: "web r1 new r1 7 me\n") }
    return facts
  }

  @Test(arguments: cases)
  func `containers are judged by their label and state`(_ wanted: Case) throws {
    var service = ReleasedService(name: "web", image: "web:1")
    service.replicas = wanted.replicas
    service.strategy = wanted.strategy
    let view = try ServiceView(
      "web", desired: desired(service), facts: facts(wanted.seen, isApplied: wanted.isApplied))
    var truths: Set<String> = []
    if view.isStarted { truths.insert("started") }
    if view.isHealthy { truths.insert("healthy") }
    if view.isAlone { truths.insert("alone") }
    if view.isCompleted { truths.insert("completed") }
    if view.isCurrent { truths.insert("current") }
    #expect(truths == wanted.truths)
  }

  @Test func `a service that the host is not to run is a fault of the program`() {
    #expect(throws: TaskError.self) {
      try ServiceView(
        "api", desired: desired(ReleasedService(name: "web", image: "w")), facts: facts([]))
    }
  }

  @Test(arguments: ["kept", "sick", "idle"])
  func `what was stopped for others is no current one, whatever its label`(ending: String) throws {
    var facts = facts([Seen(), Seen(state: "exited")])
    let kept = facts.containers[1]
    facts.containers[1] = RemoteContainer(
      id: kept.id, name: "web-1-stagecraft-\(ending)", service: "web", spec: "new",
      image: kept.image, state: "exited", health: "none", exitCode: 0, restarts: 0, isOneOff: false)
    var service = ReleasedService(name: "web", image: "w")
    service.strategy = .recreate
    let view = try ServiceView("web", desired: desired(service), facts: facts)
    #expect(view.current.count == 1 && view.kept.count == 1 && view.old == view.kept)
    #expect(view.isStarted && view.isHealthy && !view.isAlone && !view.isCurrent)
  }

  @Test func `that none is wanted is said`() throws {
    var service = ReleasedService(name: "web", image: "w")
    service.replicas = 0
    let view = try ServiceView("web", desired: desired(service), facts: facts([Seen()]))
    #expect(!view.isAlone && view.leaving == view.current)
    #expect(view.summary == "all containers of `web` are to stop, 1 running")
  }

  @Test func `a summary names what is there`() throws {
    let view = try ServiceView(
      "web", desired: desired(ReleasedService(name: "web", image: "w")),
      facts: facts([Seen(spec: "old"), Seen(health: "starting"), Seen(state: "exited")]))
    #expect(view.summary == "1 of another release, 1 exited, 1 starting")
  }

  private func held(_ ids: [String], applied: String?) -> HostFacts {
    var facts = HostFacts(host: "h1")
    facts.releases = ids.map { HeldRelease(id: $0, digest: "digest-\($0)", record: "") }
    facts.receipt = applied.map { HostReceipt(folder: $0, digest: "digest-\($0)") }
    return facts
  }

  @Test func `releases that are in use, were in use, or are new stay`() {
    let facts = held(["r1", "r2", "r3", "r4"], applied: "r1")
    #expect(HostPrune.removable(facts, used: ["r5"], keep: 2) == ["r2", "r3"])
    #expect(HostPrune.removable(facts, used: ["r4"], keep: 2) == ["r2"])
    #expect(HostPrune.removable(facts, used: ["r1"], keep: 0) == ["r2", "r3"])
    #expect(HostPrune.removable(facts, used: ["r2"], keep: 9) == [])
    #expect(HostPrune.removable(held([], applied: nil), used: ["r1"], keep: 1) == [])
  }

  @Test func `a release is used again where the host holds the same`() {
    func desired(_ digest: String) -> DesiredHost {
      DesiredHost(
        services: [], compose: "", files: [], environment: [], specs: [:], digest: digest, key: [])
    }
    var facts = held(["r1", "r2"], applied: "r2")
    #expect(HostUpload.held(desired("digest-r1"), facts) == "r1")
    #expect(HostUpload.held(desired("other"), facts) == nil)
    // Of several the one in use, else the newest; of what is recalled all must be there.
    facts.releases = ["r1", "r2", "r3"].map { HeldRelease(id: $0, digest: "same", record: "") }
    #expect(HostUpload.held(desired("same"), facts) == "r2")
    let past = HostComposition(["web": "r1", "db": "r3"])
    #expect(HostUpload.held(desired("same"), facts, past) == "r3")
    #expect(HostUpload.held(desired("same"), facts, HostComposition(["web": "r0"])) == nil)
    facts.receipt = nil
    #expect(HostUpload.held(desired("same"), facts) == "r3")
  }

  @Test func `containers of services that are gone are orphans, one-off ones are not`() {
    let facts = facts([
      Seen(), Seen(service: "gone"), Seen(isOneOff: true, service: "gone"),
    ])
    let wanted = desired(ReleasedService(name: "web", image: "w"))
    #expect(OrphanRemoval.orphans(facts, wanted: wanted).map(\.name) == ["name1"])
  }

  @Test(arguments: [
    ("postgres:15", "postgres:15", true), ("postgres", "postgres:latest", true),
    ("docker.io/library/postgres:15", "postgres:15", true),
    ("docker.io/acme/web:1", "acme/web:1", true), ("acme/web:1", "acme/web:2", false),
    ("r.example:5000/web:2@sha256:aa", "r.example:5000/web@sha256:aa", true),
    ("r.example/web@sha256:aa", "r.example/web@sha256:bb", false),
    ("sha256:aa", "sha256:aa", true), ("sha256:aa", "sha256:ab", false),
  ])
  func `an image is known by every way to write its name`(
    _ wanted: String, _ there: String, _ isThere: Bool
  ) {
    var facts = HostFacts(host: "h1")
    facts.images = [there]
    #expect(ImagePresence.has(wanted, facts) == isThere)
  }

  @Test func `an image that does not fit is refused with both numbers`() throws {
    var facts = HostFacts(host: "h3")
    facts.freeBytes = 120_400_000
    #expect(DiskSpace.refusal(of: "`api`", size: 120_400_000, on: facts) == nil)
    let error = try #require(DiskSpace.refusal(of: "`api`", size: 301_000_000, on: facts))
    #expect(error.message == "`h3` has 120 MB free, `api` needs about 301 MB")
    facts.freeBytes = 0
    #expect(DiskSpace.refusal(of: "`api`", size: 1, on: facts) == nil)
    #expect(DiskSpace.text(999) == "999 B")
    #expect(DiskSpace.text(1500) == "1.5 kB")
    #expect(DiskSpace.text(4_200_000_000) == "4.2 GB")
  }

  @Test func `of an image only what a host lacks counts`() {
    let layers = ImageLayers(ids: ["a", "b", "c"], sizes: [100, 20, 3], total: 123)
    let chains = [["a", "x"], ["a", "b", "y"], ["b", "c"]]
    #expect(layers.count(in: chains) == 2)
    #expect(layers.size(above: 2) == 3)
    #expect(layers.size(above: 0) == 123)
    #expect(layers.count(in: []) == 0)
    // Sizes that cannot be told apart are no reason to send what does not fit.
    #expect(ImageLayers(ids: ["a", "b"], sizes: [1], total: 9).size(above: 1) == 9)
    #expect(ImageLayers(ids: ["a", "b"], sizes: [1], total: 9).size(above: 2) == 0)
  }

  @Test(arguments: [
    (
      "Error response from daemon: Get \"http://127.0.0.1:1/v2/\": dial tcp: connection refused",
      PullFailure.unreachable
    ),
    ("manifest for r/x@sha256:00 not found: manifest unknown: manifest unknown", .absent),
    ("unauthorized: authentication required", .refused),
    ("pull access denied for x, repository does not exist or may require 'docker login'", .refused),
    ("failed to register layer: write /x: no space left on device", .diskFull),
    ("x509: certificate has expired or is not yet valid: current time 1999", .clock),
    ("http: server gave HTTP response to HTTPS client", .plainRegistry),
    ("something new", .other),
  ])
  func `what docker says of a failed pull is recognised`(_ text: String, _ failure: PullFailure) {
    #expect(PullFailure(["more", text]) == failure)
    let error = PullFailure([text]).error("r.example/x:1", [text], on: HostFacts(host: "h1"))
    #expect(error.message.contains("h1"))
    #expect(error.logTail == [text])
  }
}
