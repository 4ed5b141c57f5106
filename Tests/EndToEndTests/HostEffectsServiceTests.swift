// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Services on a real host that are not rolled over: replaced, run to their end, or left to a plugin; and
// what is left of releases and files afterwards.

import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: HostDeployment.isWanted))
struct HostEffectsServiceTests {
  private typealias Service = HostDeployment.Service

  private func single(_ version: Int) -> Service {
    Service(version: version).with {
      $0.lines = ["container_name: $NAME", "volumes: [/nameless]"]
      $0.released.strategy = .recreate
    }
  }

  private func named(_ service: Service, _ host: HostDeployment) -> Service {
    service.with { $0.lines[0] = "container_name: \(host.project)-one" }
  }

  private func volume(_ host: HostDeployment) throws -> String {
    try host.ssh(
      "docker inspect --format '{{range .Mounts}}{{.Name}}{{end}}' \(host.project)-one"
    ).ends(0).out
  }

  @Test func `what cannot run twice is replaced and keeps its nameless volume`() async throws {
    let host = HostDeployment()
    let one = named(single(1), host)
    let two = named(single(2), host)
    try await host.deploy([one], release: "r1")
    let before = try volume(host)
    let run = try await host.deploy([two], release: "r2")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(try host.containers().map(\.image) == [two.image])
    #expect(try volume(host) == before)
    #expect(try await host.deploy([two], release: "r3").executed == [])
  }

  @Test(arguments: ["entrypoint: [/nowhere]", "environment: { CRASH: '1' }"])
  func `where the new one fails the one of before runs again`(_ line: String) async throws {
    let host = HostDeployment()
    let one = named(single(1), host)
    try await host.deploy([one], release: "r1")
    let before = try volume(host)
    let old = try host.containers()
    // What the host knows of releases is not needed for it.
    try host.ssh("rm -rf \(host.host.directory)").ends(0)
    let broken = named(single(2), host).with { $0.lines.append(line) }
    let run = try await host.deploy([broken], release: "r2")
    let error = try #require(run.result.report.failures.first?.error)
    #expect(
      error.message.contains("what ran before, `\(host.project)-one`, runs again"), "\(error)")
    // The very container, not another of its kind.
    #expect(try host.containers() == old)
    #expect(try volume(host) == before)
    let good = try await host.deploy([named(single(3), host)], release: "r3")
    #expect(good.result.report.isSuccess, "\(good.outcomes)")
  }

  @Test func `what is missing is found before anything stops`() async throws {
    let host = HostDeployment()
    let one = named(single(1), host)
    try await host.deploy([one], release: "r1")
    let before = try started(host)
    let mounting = named(single(2), host).with {
      $0.lines[1] = "volumes: [{type: bind, source: /not/there, target: /data}]"
    }
    let run = try await host.deploy([mounting], release: "r2")
    let error = try #require(run.error(of: "web/replace"))
    #expect(error.message.contains("what runs was not touched"), "\(error)")
    #expect(error.logTail.contains { $0.contains("/not/there") }, "\(error)")
    #expect(try started(host) == before)
  }

  private func started(_ host: HostDeployment) throws -> String {
    let id = try #require(try host.containers().first).id
    return try host.ssh("docker inspect --format '{{.Id}} {{.State.StartedAt}}' \(id)").out
  }

  @Test(arguments: ["", "rename", "stop"])
  func `a replacement that was killed is finished by the next deploy`(_ cut: String) async throws {
    let host = HostDeployment()
    let (one, two) = (named(single(1), host), named(single(2), host))
    try await host.deploy([one], release: "r1")
    let before = try volume(host)
    try await host.deploy([two], release: "r2", until: "start")
    let name = host.project + "-one"
    if !cut.isEmpty {
      // Killed after the old one had its other name, or after it was stopped.
      try host.ssh(
        "docker rm -f \(name)"
          + (cut == "rename" ? " && docker start \(name)-stagecraft-kept" : "")
      ).ends(0)
    }
    let kept = try host.containers().map(\.name)
    #expect(kept.contains(name + "-stagecraft-kept"), "\(kept)")
    let run = try await host.deploy([two], release: "r3")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    let after = try host.containers()
    #expect(after.map(\.name) == [name])
    #expect(after.map(\.image) == [two.image])
    #expect(after.map(\.state) == ["running"])
    #expect(try volume(host) == before)
    #expect(try await host.deploy([two], release: "r4").executed == [])
  }

  @Test func `after a replacement that was killed a broken release brings back what worked`()
    async throws
  {
    let host = HostDeployment()
    let one = named(single(1), host)
    try await host.deploy([one], release: "r1")
    let old = try host.containers()
    // Started in its place, and never healthy.
    let sick = named(single(2), host).with {
      $0.lines += ["healthcheck: {test: [CMD, /bin/busybox, ls, /nowhere], interval: 1h}"]
    }
    try await host.deploy([sick], release: "r2", until: "start")
    let broken = named(single(3), host).with { $0.lines.append("entrypoint: [/nowhere]") }
    let run = try await host.deploy([broken], release: "r3")
    #expect(!run.result.report.isSuccess)
    #expect(try host.containers() == old)
  }

  @Test func `of several that are replaced each keeps its volume, and all come back`() async throws
  {
    let host = HostDeployment()
    func several(_ version: Int) -> Service {
      Service(version: version).with {
        $0.lines = ["volumes: [/nameless]"]
        $0.released.strategy = .recreate
        $0.released.replicas = 2
      }
    }
    func volumes() throws -> [String] {
      try host.containers().map {
        try host.ssh("docker inspect --format '{{range .Mounts}}{{.Name}}{{end}}' \($0.id)").out
      }
    }
    try await host.deploy([several(1)], release: "r1")
    let before = try volumes()
    let old = try host.containers()
    let broken = several(2).with { $0.environment = ["CRASH": "1"] }
    #expect(try await host.deploy([broken], release: "r2").result.report.isSuccess == false)
    #expect(try host.containers() == old)
    let run = try await host.deploy([several(3)], release: "r3")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(try volumes() == before)
    #expect(try host.containers().map(\.name) == old.map(\.name))
    // As few as are wanted, down to none.
    for count in [1, 0] {
      let fewer = several(3).with { $0.released.replicas = count }
      let run = try await host.deploy([fewer], release: "r\(5 - count)")
      #expect(run.result.report.isSuccess, "\(run.outcomes)")
      #expect(try host.containers().count == count)
    }
  }

  private func job(_ command: String, seconds: Int = 20) -> Service {
    Service("init").with {
      $0.lines = [
        "restart: \"no\"", "entrypoint: [/bin/busybox, sh, -c, \"echo working; \(command)\"]",
      ]
      $0.released.strategy = .job
      $0.released.healthSeconds = seconds
      $0.released.graceSeconds = 1
    }
  }

  @Test func `a job that ends with 0 is done and not run again`() async throws {
    let host = HostDeployment()
    let run = try await host.deploy([job("exit 0"), Service()], release: "r1")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(run.lines.contains { $0.contains("working") })
    #expect(try await host.deploy([job("exit 0"), Service()], release: "r2").executed == [])
    // Also when somebody has cleaned up.
    let setup = try #require(try host.containers(of: "init").first)
    try host.ssh("docker rm \(setup.id)").ends(0)
    #expect(try await host.deploy([job("exit 0"), Service()], release: "r3").executed == [])
    let changed = try await host.deploy([job("exit 0;"), Service()], release: "r4")
    #expect(changed.executed == ["init/job", "receipt", "upload"])
    #expect(try host.containers(of: "init").count == 1)
  }

  @Test func `a job that fails stops what waits for it, and shows its log`() async throws {
    let host = HostDeployment()
    let run = try await host.deploy([job("exit 1"), Service()], release: "r1")
    let error = try #require(run.error(of: "init/job"))
    #expect(error.message.contains("status 1"), "\(error)")
    #expect(error.logTail == ["working"])
    #expect(try host.containers(of: "web") == [])
    let good = try await host.deploy([job("exit 0"), Service()], release: "r2")
    #expect(good.result.report.isSuccess, "\(good.outcomes)")
  }

  @Test func `a job that never ends is stopped when its time is over`() async throws {
    let host = HostDeployment()
    let run = try await host.deploy([job("sleep 1000", seconds: 2)], release: "r1")
    let error = try #require(run.error(of: "init/job"))
    #expect(error.code == .timedOut(.seconds(2)), "\(error)")
    #expect(try host.containers().map(\.state) == ["exited"])
  }

  /// Stands in for the plugin, which cannot be installed here: writes down its arguments and does what
  /// the plugin does first and last.
  private static let plugin = #"""
    #!/bin/sh
    if [ "$1" = docker-cli-plugin-metadata ]; then
      echo '{"SchemaVersion":"0.1.0","Vendor":"test","Version":"v0","ShortDescription":"test"}'
      exit
    fi
    echo "$COMPOSE_PROJECT_NAME $*" >>"$HOME/rollout-arguments"
    for service; do :; done
    old=$(docker compose -f compose.yaml ps --quiet "$service")
    docker compose -f compose.yaml up --detach --no-recreate --scale "$service=2" "$service"
    sleep 1
    docker rm -f $old
    """#

  @Test func `the plugin docker rollout is used where it is and named where it is not`()
    async throws
  {
    // A host that no other test gives the plugin to.
    let host = HostDeployment(on: "h1")
    let one = Service().with { $0.released.strategy = .dockerRollout }
    let missing = try await host.deploy([one], release: "r1")
    let error = try #require(missing.error(of: "web/docker-rollout"))
    #expect(error.hint?.contains("cli-plugins/docker-rollout") == true, "\(error)")
    let file = "~/.docker/cli-plugins/docker-rollout"
    try host.ssh(
      "mkdir -p ~/.docker/cli-plugins; cat >\(file) <<'END'\n\(Self.plugin)\nEND\nchmod +x \(file)"
    ).ends(0)
    defer { _ = try? host.ssh("rm -f \(file) ~/rollout-arguments") }
    try await host.deploy([one.with { $0.released.strategy = .rolling }], release: "r1")
    let two = Service(version: 2).with { $0.released.strategy = .dockerRollout }
    let run = try await host.deploy([two], release: "r2")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    #expect(
      try host.ssh("cat ~/rollout-arguments").out
        == "\(host.project) rollout -f compose.yaml -t 20 -w 1 --wait-after-healthy 0 web\n")
    #expect(try host.containers().map(\.image) == [two.image])
    #expect(try await host.deploy([two], release: "r3").executed == [])
  }

  @Test func `mounted files are sent once and go with the last release that has them`()
    async throws
  {
    let host = HostDeployment()
    func mounting(_ text: String) -> (Service, ReleasedFile) {
      let digest = text.utf8.reduce("f") { $0 + String($1, radix: 16) }
      let file = ReleasedFile(
        path: "conf/app.conf", remotePath: "files/\(digest)/conf/app.conf", mode: 0o644)
      let source = "\(host.host.directory)/files/\(digest)/conf"
      let service = Service().with { $0.lines = ["volumes: [\"\(source):/conf:ro\"]"] }
      return (service, file)
    }
    for (number, text) in ["one", "two", "three"].enumerated() {
      let (service, file) = mounting(text)
      let run = try await host.deploy(
        [service], release: "r\(number + 1)", files: ["conf/app.conf": text], mounted: [file],
        keep: 2)
      #expect(run.result.report.isSuccess, "\(run.outcomes)")
      let id = try #require(try host.containers().first).id
      #expect(try host.ssh("docker exec \(id) /bin/busybox cat /conf/app.conf").out == text)
    }
    let left = try host.ssh("cd \(host.host.directory) && ls releases files").ends(0).out
    #expect(
      left
        == "files:\nf746872656\nf74776f\n\nreleases:\nr2\nr3\n".replacing(
          "f746872656\n", with: "f7468726565\n"), "\(left)")
  }

  @Test func `what an upload that was cut off left is no release`() async throws {
    let host = HostDeployment()
    try host.ssh(
      "mkdir -p \(host.host.directory)/upload.tmp/release && cd \(host.host.directory) "
        + "&& touch upload.tmp/release/env"
    ).ends(0)
    let run = try await host.deploy([Service()], release: "r1")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    let names = try host.ssh("ls \(host.host.directory)").ends(0).out.split(separator: "\n")
    #expect(
      Set(names).subtracting(["compose.lock"]) == [
        "compose", "files", "receipt", "releases", "sequence", "services",
      ])
    #expect(try host.ssh("ls \(host.host.directory)/releases").out == "r1\n")
  }

  @Test func `services that start at once on a new host share one network`() async throws {
    let host = HostDeployment()
    let services = (1...4).map { Service("s\($0)") }
    let run = try await host.deploy(services, release: "r1", inOrder: false)
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    let networks = try host.ssh(
      "docker network ls -q --filter label=com.docker.compose.project=\(host.project) | wc -l")
    #expect(networks.out.trimmingCharacters(in: .whitespacesAndNewlines) == "1")
  }
}
