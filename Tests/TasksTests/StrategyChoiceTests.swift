// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves which strategy a service gets, in which words, and what is refused.

import Testing

@testable import Tasks

struct StrategyChoiceTests {
  private func service(_ change: (inout ComposeService) -> Void = { _ in }) -> ComposeService {
    var service = ComposeService(name: "web", image: "a", build: nil)
    change(&service)
    return service
  }

  @Test func `a service that nothing keeps from it is rolled`() throws {
    let choice = try StrategyChoice.of(service(), isAwaited: false)
    #expect(choice == StrategyChoice(.rolling))
    let pair = try StrategyChoice.of(service { $0.replicas = 2 }, isAwaited: false)
    #expect(pair == StrategyChoice(.rolling))
  }

  private typealias Change = @Sendable (inout ComposeService) -> Void

  private static let crowded: [(change: Change, reason: String, isFirm: Bool)] = [
    (
      { $0.publishedPorts = ["0.0.0.0:8080/tcp"] },
      "publishes port 8080, and two containers cannot", true
    ),
    (
      { $0.publishedPorts = ["127.0.0.1:53/udp"] },
      "publishes port 127.0.0.1:53/udp, and two containers cannot", true
    ),
    ({ $0.containerName = "one" }, "has the fixed name `one`, and two containers cannot", true),
    (
      { $0.networkMode = "host" },
      "uses the host's network, where two containers would want the same ports", false
    ),
    (
      { $0.writtenVolumes = ["data"] },
      "writes to volume `data`, which has one writer at a time", false
    ),
    (
      { $0.writtenPaths = ["/srv/db"] },
      "writes to `/srv/db`, which has one writer at a time", false
    ),
    (
      { $0.fixedAddresses = ["address `10.0.0.2`"] },
      "has the fixed address `10.0.0.2`, and two containers cannot", true
    ),
    (
      { $0.ties = [ServiceTie(.network, of: "vpn")] },
      "shares the network of `vpn`, where two containers would want the same ports", false
    ),
    (
      { $0.ties = [ServiceTie(.ipc, of: "vpn")] },
      "shares the memory of `vpn`, which has one of it at a time", false
    ),
    (
      { $0.writtenInProject = ["data"] },
      "writes to `./data`, which has one writer at a time", false
    ),
    (
      { $0.exclusiveDevices = ["/dev/ttyUSB0"] },
      "uses `/dev/ttyUSB0`, which has one user at a time", false
    ),
    ({ $0.stopsFirst = true }, "has `deploy.update_config.order: stop-first`", false),
  ]

  @Test(arguments: crowded.indices)
  func `what two containers cannot share is said`(position: Int) throws {
    let (change, reason, isFirm) = Self.crowded[position]
    let service = service(change)
    #expect(
      try StrategyChoice.of(service, isAwaited: false) == StrategyChoice(.recreate, reason))
    #expect(
      try StrategyChoice.of(service, isAwaited: false, chosen: .recreate)
        == StrategyChoice(.recreate))
    for chosen in [ReleasedService.Strategy.rolling, .dockerRollout] {
      if isFirm {
        let refusal = #expect(throws: StrategyChoice.Refusal.self) {
          try StrategyChoice.of(service, isAwaited: false, chosen: chosen)
        }
        #expect(
          refusal?.message == "service `web` cannot be `\(chosen.rawValue)`: it \(reason)")
      } else {
        #expect(
          try StrategyChoice.of(service, isAwaited: false, chosen: chosen)
            == StrategyChoice(chosen))
      }
    }
  }

  @Test func `a service whose end is awaited is a job`() throws {
    let job = service { $0.restart = "no" }
    #expect(
      try StrategyChoice.of(job, isAwaited: true)
        == StrategyChoice(.job, "others wait for its end"))
    #expect(try StrategyChoice.of(job, isAwaited: false).strategy == .rolling)
    #expect(
      try StrategyChoice.of(job, isAwaited: false, chosen: .job) == StrategyChoice(.job))
    let mounted = service { $0.writtenVolumes = ["data"] }
    #expect(try StrategyChoice.of(mounted, isAwaited: true).strategy == .job)
    #expect(throws: StrategyChoice.Refusal.self) {
      try StrategyChoice.of(job, isAwaited: true, chosen: .rolling)
    }
    for restart in ["always", "unless-stopped"] {
      #expect(throws: StrategyChoice.Refusal.self) {
        try StrategyChoice.of(service { $0.restart = restart }, isAwaited: true)
      }
    }
  }

  @Test func `who has guests in its network is not doubled, who only shares processes is`() throws {
    let choice = try StrategyChoice.of(service(), isAwaited: false, guests: ["app"])
    #expect(
      choice
        == StrategyChoice(
          .recreate, "has `app` in its network, which cannot be in that of two containers"))
    let chosen = try StrategyChoice.of(
      service(), isAwaited: false, guests: ["app"], chosen: .rolling)
    #expect(chosen == StrategyChoice(.rolling))
    for kind in [ServiceTie.Kind.pid, .volumes] {
      let sharer = service { $0.ties = [ServiceTie(kind, of: "vpn")] }
      #expect(try StrategyChoice.of(sharer, isAwaited: false) == StrategyChoice(.rolling))
    }
  }

  @Test func `what an environment prefers is for those services that can`() throws {
    func choice(
      _ service: ComposeService, _ preferred: ReleasedService.Strategy, isAwaited: Bool = false
    ) throws -> StrategyChoice {
      try StrategyChoice.of(service, isAwaited: isAwaited, preferred: preferred)
    }
    let port = service { $0.publishedPorts = ["0.0.0.0:80/tcp"] }
    #expect(try choice(service(), .dockerRollout) == StrategyChoice(.dockerRollout))
    #expect(try choice(service(), .recreate) == StrategyChoice(.recreate))
    #expect(
      try choice(port, .dockerRollout)
        == StrategyChoice(.recreate, "publishes port 80, and two containers cannot"))
    #expect(try choice(service(), .dockerRollout, isAwaited: true).strategy == .job)
    #expect(
      try StrategyChoice.of(
        service(), isAwaited: false, chosen: .rolling, preferred: .recreate)
        == StrategyChoice(.rolling))
  }

  @Test func `fewer containers than none are refused, none are not`() throws {
    let refusal = #expect(throws: StrategyChoice.Refusal.self) {
      try StrategyChoice.of(service { $0.replicas = -1 }, isAwaited: false)
    }
    #expect(refusal?.message == "service `web` is to run -1 times")
    #expect(refusal?.hint.contains("`deploy.replicas`") == true)
    #expect(
      try StrategyChoice.of(service { $0.replicas = 0 }, isAwaited: false).strategy == .rolling)
  }

  @Test func `more containers than ports or names are refused`() throws {
    let named = service { $0.containerName = "one" }
    let port = service { $0.publishedPorts = ["0.0.0.0:80/tcp"] }
    let range = service { $0.publishedPorts = ["[::1]:8080-8082/tcp"] }
    let fixed = service { $0.fixedAddresses = ["address `10.0.0.2`"] }
    let refusal = #expect(throws: StrategyChoice.Refusal.self) {
      try StrategyChoice.of(fixed, isAwaited: false, replicas: 2)
    }
    #expect(
      refusal?.message
        == "service `web` is to run 2 times, but has the fixed address `10.0.0.2`")
    for crowded in [named, port] {
      #expect(throws: StrategyChoice.Refusal.self) {
        try StrategyChoice.of(crowded, isAwaited: false, replicas: 2)
      }
    }
    #expect(try StrategyChoice.of(range, isAwaited: false, replicas: 3).strategy == .recreate)
    #expect(throws: StrategyChoice.Refusal.self) {
      try StrategyChoice.of(range, isAwaited: false, replicas: 4)
    }
  }

  @Test func `the deadline follows from the health settings`() {
    var check = ComposeHealthCheck()
    check.startPeriod = 100
    check.interval = 5
    check.timeout = 3
    check.retries = 4
    #expect(
      StrategyChoice.healthSeconds(service { $0.healthCheck = check }, strategy: .rolling)
        == 100 + 25 + 12)
    check.startPeriod = 0
    #expect(
      StrategyChoice.healthSeconds(service { $0.healthCheck = check }, strategy: .rolling) == 60)
    #expect(StrategyChoice.healthSeconds(service(), strategy: .rolling) == 210)
    #expect(StrategyChoice.healthSeconds(service(), strategy: .job) == 600)
  }
}
