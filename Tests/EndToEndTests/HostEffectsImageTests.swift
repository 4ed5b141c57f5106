// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Brings images to real hosts: from a registry, from one that is away, onto a small disk, and without
// any registry from the engine of this machine.

import Cache
import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: HostDeployment.isWanted))
struct HostEffectsImageTests {
  private typealias Service = HostDeployment.Service

  @Test func `an image that is there needs no registry, one that is not is an error in words`()
    async throws
  {
    let host = HostDeployment()
    try await host.deploy([Service()], release: "r1")
    let away = "127.0.0.1:1/\(host.project):1"
    try host.ssh("docker tag \(Service().image) \(away)").ends(0)
    defer { _ = try? host.ssh("docker image rm \(away)") }
    let there = Service().with { $0.image = away }
    let run = try await host.deploy([there], release: "r2")
    #expect(run.result.report.isSuccess, "\(run.outcomes)")
    let missing = Service().with { $0.image = "127.0.0.1:1/\(host.project):2" }
    let failed = try await host.deploy([missing], release: "r3")
    let error = try #require(failed.error(of: "web/pull"))
    #expect(error.message.contains("registry `127.0.0.1:1` does not answer `h1`"), "\(error)")
    let unknown = Service().with { $0.image = "\(HostDeployment.registry)/nothing-like-it:1" }
    let absent = try await host.deploy([unknown], release: "r4")
    #expect(absent.error(of: "web/pull")?.message.contains("has no") == true)
    #expect(try host.containers().map(\.image) == [away])
  }

  @Test func `an image that does not fit is refused before it is pulled, with both numbers`()
    async throws
  {
    let host = HostDeployment(on: "h3")
    let large = Service("db").with { $0.image = "postgres:15-bookworm" }
    try host.ssh("docker image rm -f postgres:15-bookworm")
    try host.stack("disk", "h3", "60m")
    defer { _ = try? host.stack("disk", "h3", "4g") }
    let run = try await host.deploy([large], release: "r1")
    let error = try #require(run.error(of: "db/pull"))
    #expect(error.message.contains("`h3` has "), "\(error)")
    #expect(error.message.contains(" MB free, `db` needs about "), "\(error)")
    #expect(try host.containers() == [])
  }

  /// Builds an image of two layers from the base that this machine has.
  private func build(_ name: String, _ files: [(String, Int)], in folder: String) throws
    -> BuiltImage
  {
    var lines = ["FROM scratch"]
    for (file, size) in files {
      try Data((0..<size).map { _ in UInt8.random(in: 0...255) }).write(
        to: URL(filePath: folder + "/" + file))
      lines.append("COPY \(file) /\(file)")
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: folder + "/Dockerfile"))
    func docker(_ words: String...) throws -> Ended {
      try RunningProgram(["docker"] + words, in: folder, environment: HostDeployment.environment)
        .wait()
    }
    try docker("build", "--quiet", "--tag", name, folder).ends(0)
    let id = try docker("image", "inspect", "--format", "{{.Id}}", name).ends(0).out
    return BuiltImage(id: id.trimmingCharacters(in: .whitespacesAndNewlines), references: [name])
  }

  private func transfer(_ image: BuiltImage, to host: HostDeployment) async throws
    -> TaskFixture.Run
  {
    let lease = Lease(hosts: [host.host], owner: "test", token: UUID().uuidString, wait: nil)
    var graph = Graph()
    let facts = try graph.add(HostFactsTask(id: TaskID("facts"), host: host.host))
    let given = try graph.add(
      GivenHost(id: TaskID("desired"), value: HostDeployment.desired([])))
    let built = try graph.add(GivenImage(id: TaskID("image"), value: image))
    try graph.add(
      ImageTransfer(
        id: TaskID("transfer"),
        site: HostSite(host: host.host, desired: given, facts: facts, lease: lease), image: built),
      after: [facts.id, given.id, built.id])
    let run = try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
      await fixture.run(graph, environment: HostDeployment.environment)
    }
    _ = await lease.release()
    return run
  }

  @Test func `without a registry only the layers that a host lacks are sent`() async throws {
    let host = HostDeployment(on: "h1")
    let folder = "/tmp/stagecraft-\(host.project)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let name = "\(host.project)-app"
    let one = try build(name + ":1", [("base", 3_000_000), ("app", 1000)], in: folder)
    let first = try await transfer(one, to: host)
    #expect(first.result.report.isSuccess, "\(first.outcomes)")
    #expect(first.lines.contains { $0.contains("sending 2 of 2 layers") }, "\(first.lines)")
    // The base keeps its layer, since its bytes and its line are the same.
    let lines = ["FROM \(name):1", "COPY more /more"].joined(separator: "\n")
    try Data(repeating: 7, count: 500).write(to: URL(filePath: folder + "/more"))
    try Data(lines.utf8).write(to: URL(filePath: folder + "/Dockerfile"))
    let built = try RunningProgram(
      ["docker", "build", "--quiet", "--tag", name + ":2", folder], in: folder,
      environment: HostDeployment.environment
    ).wait().ends(0)
    defer {
      _ = try? RunningProgram(
        ["docker", "image", "rm", name + ":1", name + ":2"], in: "/",
        environment: HostDeployment.environment
      ).wait()
    }
    let two = BuiltImage(
      id: built.out.trimmingCharacters(in: .whitespacesAndNewlines), references: [name + ":2"])
    let second = try await transfer(two, to: host)
    #expect(second.result.report.isSuccess, "\(second.outcomes)")
    let said = try #require(second.lines.first { $0.contains("sending 1 of 3 layers") })
    #expect(said.contains(" kB"), "\(said)")
    #expect(!second.lines.contains { $0.contains("did not take a part") })
    #expect(try host.ssh("docker image inspect --format '{{.Id}}' \(two.id)").out == two.id + "\n")
    #expect(try await transfer(two, to: host).executed == [])
    try host.ssh(
      "docker image rm -f \(two.id) \(one.id)")
  }
}

extension HostDeployment {
  /// Runs `scripts/test-stack` with the number of the stack in use.
  @discardableResult
  func stack(_ words: String...) throws -> Ended {
    try RunningProgram(
      [Sandbox.repository + "/scripts/test-stack"] + words, in: "/",
      environment: Self.environment
    ).wait().ends(0)
  }
}
