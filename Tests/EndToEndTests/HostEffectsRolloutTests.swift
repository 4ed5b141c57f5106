// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Rolls services out on a real host, well and badly, with all that a host may have been left with.

import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: HostDeployment.isWanted))
struct HostEffectsRolloutTests {
  private typealias Service = HostDeployment.Service

  @Test func `a change replaces the container, the same again touches nothing`() async throws {
    let host = HostDeployment()
    let secret = "it's $HOME \"a\" \\ # `x` $$ ü\nline two$"
    let one = Service().with { $0.environment = ["KEY": secret] }
    let first = try await host.deploy([one], release: "r1")
    #expect(first.result.report.isSuccess, "\(first.outcomes)")
    let before = try host.containers()
    #expect(before.map(\.state) == ["running"])
    // The server has no shell; the engine tells what its environment is.
    let values = try host.ssh("docker inspect --format '{{json .Config.Env}}' \(before[0].id)").out
    let read = try JSONDecoder().decode([String].self, from: Data(values.utf8))
    #expect(read.contains("KEY=" + secret))
    let same = try await host.deploy([one], release: "r2")
    #expect(same.executed == [])
    #expect(try host.containers() == before)
    let two = Service(version: 2).with { $0.environment = ["KEY": secret] }
    let second = try await host.deploy([two], release: "r3")
    #expect(second.result.report.isSuccess, "\(second.outcomes)")
    let after = try host.containers()
    #expect(after.map(\.image) == [two.image])
    #expect(after[0].id != before[0].id)
    let files = try host.ssh(
      "cd \(host.host.directory) && stat -c '%a %n' . receipt releases releases/r3 releases/r3/* "
        + "compose && ./compose ps --format '{{.Name}}' && cat receipt && ls releases"
    ).ends(0).out
    #expect(files.contains("700 .\n"))
    #expect(files.contains("600 releases/r3/env\n"))
    #expect(files.contains("700 compose\n"))
    #expect(files.contains(after[0].name))
    #expect(files.hasSuffix("r1\nr3\n"))
  }

  @Test func `an unhealthy new container is removed and the old one is not touched`() async throws {
    let host = HostDeployment()
    try await host.deploy([Service()], release: "r1")
    let before = try host.containers()
    let broken = Service(version: 2).with {
      $0.lines = [
        "healthcheck:", "  test: [CMD, /bin/busybox, ls, /nowhere]", "  interval: 1s",
        "  retries: 2",
      ]
    }
    let run = try await host.deploy([broken], release: "r2")
    let error = try #require(run.error(of: "web/healthy"))
    #expect(error.message.contains("health check"), "\(error)")
    #expect(error.logTail.contains { $0.contains("/nowhere") }, "\(error)")
    #expect(try host.containers() == before)
    #expect(try host.ssh("head -n 1 \(host.host.directory)/receipt").out == "r1\n")
    // What failed may be tried again, and what is whole is deployed over it.
    let again = try await host.deploy([broken], release: "r3")
    #expect(again.error(of: "web/healthy") != nil)
    let good = try await host.deploy([Service(version: 2)], release: "r4")
    #expect(good.result.report.isSuccess, "\(good.outcomes)")
    #expect(try host.containers().count == 1)
  }

  @Test(arguments: [true, false])
  func `a new container that ends is removed at once`(_ restarts: Bool) async throws {
    let host = HostDeployment()
    try await host.deploy([Service()], release: "r1")
    let before = try host.containers()
    let broken = Service(version: 2).with {
      $0.environment = ["CRASH": "1"]
      $0.lines = restarts ? ["restart: always"] : []
      $0.released.healthSeconds = 60
    }
    let start = ContinuousClock.now
    let run = try await host.deploy([broken], release: "r2")
    let error = try #require(run.error(of: "web/healthy"))
    #expect(error.message.contains(restarts ? "again and again" : "status 3"), "\(error)")
    #expect(ContinuousClock.now - start < .seconds(40))
    #expect(try host.containers() == before)
  }

  @Test func `a container that takes its time to start is waited for`() async throws {
    let host = HostDeployment()
    let slow = Service().with {
      $0.environment = ["START_DELAY": "4"]
      $0.lines = [
        "healthcheck:", "  test: [CMD, /bin/web, check]", "  interval: 1s", "  retries: 1",
        "  start_period: 20s",
      ]
    }
    let run = try await host.deploy([slow], release: "r1")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
  }

  @Test func `a container that never gets healthy fails when its time is over`() async throws {
    let host = HostDeployment()
    let slow = Service().with {
      $0.lines = [
        "healthcheck:", "  test: [CMD, /bin/busybox, ls, /nowhere]", "  interval: 1s",
        "  retries: 100",
      ]
      $0.released.healthSeconds = 3
    }
    let run = try await host.deploy([slow], release: "r1")
    let error = try #require(run.error(of: "web/healthy"))
    #expect(error.code == .timedOut(.seconds(3)), "\(error)")
    #expect(try host.containers() == [])
  }

  @Test func `without a health check a container must run for a while`() async throws {
    let host = HostDeployment()
    let plain = Service().with { $0.lines = ["healthcheck: { disable: true }"] }
    let run = try await host.deploy([plain], release: "r1")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    let crash = plain.with { $0.environment = ["CRASH": "1"] }
    #expect(try await host.deploy([crash], release: "r2").error(of: "web/healthy") != nil)
    #expect(try host.containers().map(\.state) == ["running"])
  }

  /// One check that goes well and then none for an hour: an engine that freezes a container while a
  /// check of it begins may never thaw it.
  private static let checkedOnce =
    "healthcheck: {interval: 1h, start_period: 30s, start_interval: 300ms}"

  @Test(arguments: ["pause", "kill", "stop"])
  func `an old container that does not run is replaced all the same`(
    _ trouble: String
  ) async throws {
    let host = HostDeployment()
    let two = Service().with {
      $0.released.replicas = 2
      $0.lines = [Self.checkedOnce]
    }
    try await host.deploy([two], release: "r1")
    let old = try host.containers()
    #expect(old.count == 2)
    try host.ssh("docker \(trouble) \(old[0].id)").ends(0)
    let next = Service(version: 2).with { $0.released.replicas = 2 }
    let run = try await host.deploy([next], release: "r2")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    let new = try host.containers()
    #expect(new.map(\.image) == [next.image, next.image])
    #expect(new.map(\.state) == ["running", "running"])
  }

  @Test func `a paused old container is still paused when the new one fails`() async throws {
    let host = HostDeployment()
    try await host.deploy([Service().with { $0.lines = [Self.checkedOnce] }], release: "r1")
    let old = try host.containers()
    try host.ssh("docker pause \(old[0].id)").ends(0)
    let broken = Service(version: 2).with { $0.environment = ["CRASH": "1"] }
    #expect(try await host.deploy([broken], release: "r2").error(of: "web/healthy") != nil)
    #expect(try host.containers().map(\.state) == ["paused"])
  }

  @Test func `an old container that crashes again and again is replaced`() async throws {
    let host = HostDeployment()
    let crashing = Service().with {
      $0.environment = ["CRASH": "1"]
      $0.lines = ["restart: always"]
    }
    // Started, and the run ended there.
    try await host.deploy([crashing], release: "r1", until: "start")
    #expect(try host.containers().count == 1)
    let run = try await host.deploy([Service(version: 2)], release: "r2")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(try host.containers().map(\.state) == ["running"])
  }

  @Test(arguments: ["start", "healthy"])
  func `a run that ended half-way is finished by the next`(_ step: String) async throws {
    let host = HostDeployment()
    try await host.deploy([Service()], release: "r1")
    let next = Service(version: 2)
    try await host.deploy([next], release: "r2", until: step)
    let half = try host.containers()
    #expect(half.count == 2)
    let run = try await host.deploy([next], release: "r3")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    let whole = try host.containers()
    // What was started is used, not started again.
    #expect(whole == half.filter { $0.image == next.image })
  }

  @Test func `containers that were made and never started are removed`() async throws {
    let host = HostDeployment()
    try await host.deploy([Service()], release: "r1")
    let next = Service(version: 2)
    try await host.deploy([next], release: "r2", until: "start")
    // As if the run had been killed between making and starting, and a host had gone down.
    let new = try #require(try host.containers().first { $0.image == next.image })
    try host.ssh("docker kill \(new.id)").ends(0)
    let run = try await host.deploy([next], release: "r3")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(try host.containers().map(\.image) == [next.image])
  }

  @Test func `the number of containers grows and shrinks`() async throws {
    let host = HostDeployment()
    func scaled(_ count: Int) -> Service { Service().with { $0.released.replicas = count } }
    for count in [1, 3, 2] {
      let run = try await host.deploy([scaled(count)], release: "r\(count)")
      #expect(run.result.report.isSuccess, "\(run.outcomes)")
      #expect(try host.containers().count == count)
    }
  }

  @Test func `the pre-stop hook runs in the old container, and its failure is a warning`()
    async throws
  {
    let host = HostDeployment()
    let hooked = Service().with {
      $0.lines = ["volumes: [\"data:/data\"]"]
      $0.released.preStop = ["/bin/busybox", "sh", "-c", "echo $VERSION >>/data/stopped; exit 4"]
      $0.released.drainSeconds = 1
    }
    try await host.deploy([hooked], release: "r1")
    let next = hooked.with { $0.image = Service(version: 2).image }
    let run = try await host.deploy([next], release: "r2")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(run.lines.contains { $0.contains("pre-stop hook") && $0.contains("status 4") })
    let id = try host.containers()[0].id
    #expect(try host.ssh("docker exec \(id) /bin/busybox cat /data/stopped").out == "1\n")
  }

  @Test func `a service that works no more is not taken away by deploying it again`() async throws {
    let host = HostDeployment()
    let service = Service().with {
      $0.lines = [
        "volumes: [\"data:/data\"]", "healthcheck:",
        "  test: [CMD, /bin/busybox, test, '!', '-e', /data/broken]", "  interval: 1s",
        "  retries: 1",
      ]
      $0.released.healthSeconds = 4
    }
    try await host.deploy([service], release: "r1")
    let before = try host.containers()
    try host.ssh("docker exec \(before[0].id) /bin/busybox touch /data/broken").ends(0)
    let isUnhealthy = try eventually {
      try host.ssh("docker inspect --format '{{.State.Health.Status}}' \(before[0].id)").out
        == "unhealthy\n"
    }
    #expect(isUnhealthy)
    let run = try await host.deploy([service], release: "r2")
    let error = try #require(run.error(of: "web/healthy"))
    #expect(error.message.contains("nothing else serves"), "\(error)")
    #expect(try host.containers() == before)
  }

  @Test func `the only healthy container stays when a second one fails`() async throws {
    let host = HostDeployment()
    func checked(_ version: Int, _ check: String) -> Service {
      Service(version: version).with {
        $0.lines = [
          "volumes: [\"data:/data\"]", "healthcheck:",
          "  test: [CMD, /bin/busybox, sh, -c, \"\(check)\"]", "  interval: 1s", "  retries: 1",
        ]
      }
    }
    try await host.deploy([checked(1, "test ! -e /data/broken")], release: "r1")
    let old = try host.containers()
    try host.ssh("docker exec \(old[0].id) /bin/busybox touch /data/broken").ends(0)
    // Only the first that asks is healthy; the run ends before the old one is taken away.
    let next = checked(
      2, "mkdir /data/first 2>/dev/null && touch /first; test -e /first")
    try await host.deploy([next], release: "r2", until: "healthy")
    let healthy = try #require(try host.containers().first { $0.image == next.image })
    let run = try await host.deploy([next.with { $0.released.replicas = 2 }], release: "r3")
    #expect(run.error(of: "web/healthy") != nil)
    #expect(try host.containers().contains(healthy))
  }

  @Test func `two projects on one host are nothing to each other`() async throws {
    let one = HostDeployment()
    let other = HostDeployment()
    try await one.deploy([Service(), Service("api")], release: "r1")
    try await other.deploy([Service()], release: "r1")
    let before = try one.containers()
    // Renamed, which makes an orphan, and replaced.
    let run = try await other.deploy([Service("site", version: 2)], release: "r2")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(run.executed.contains("orphans"))
    #expect(run.lines.contains { $0.contains("no longer wanted") && $0.contains("`web`") })
    #expect(try other.containers().count == 1)
    #expect(try one.containers() == before)
  }
}
