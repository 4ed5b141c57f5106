// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `driver: local` on the real engine: who shares the engine and nothing else, no home, no checkout, is
// still told who deploys. Each deploy waits for a file in its container until a test lets it go on.

import Foundation
import Testing

struct LocalLockTests {
  /// A project of a service that is healthy once a test says so, and its containers.
  private struct Place {
    let project: Sandbox
    var target: String { project.name + "-dev" }

    init() throws {
      project = try Sandbox([
        "stagecraft.yml": Sandbox.project(),
        "docker-compose.yml": """
        services:
          web:
            image: busybox:1.35
            init: true
            command: ["sleep", "100000"]
            environment: { ROUND: "1" }
            stop_grace_period: 1s
            healthcheck: { test: ["CMD", "test", "-e", "/go"], interval: 1s, retries: 300 }

        """,
      ])
    }

    /// Another operator: a home and a checkout of its own.
    func other(_ round: Int) throws -> Sandbox {
      let other = try Sandbox()
      try other.write("stagecraft.yml", try project.read("stagecraft.yml"))
      try other.write(
        "docker-compose.yml",
        try project.read("docker-compose.yml").replacing("\"1\"", with: "\"\(round)\""))
      return other
    }

    func ids(_ filter: String) throws -> [String] {
      try project.docker(["ps", "--all", "--quiet", "--filter", filter]).ends(0).out
        .split(separator: "\n").map(String.init)
    }

    /// The containers that are locks of this project.
    func locks() throws -> [String] { try ids("label=dev.stagecraft.lock=\(target)") }

    func containers() throws -> [String] { try ids("label=com.docker.compose.project=\(target)") }

    /// Starts a deploy and waits until it holds the lock and its container waits.
    func deploying() throws -> RunningProgram {
      let run = try project.start(["deploy", "--env", "dev"])
      let waits = try eventually { try !locks().isEmpty && !containers().isEmpty }
      #expect(waits, "\(run.errorsSoFar)")
      return run
    }

    func letGo() throws {
      for id in try containers() { try project.docker(["exec", id, "touch", "/go"]) }
    }

    func remove() {
      for filter in ["dev.stagecraft.lock", "com.docker.compose.project"] {
        for id in (try? ids("label=\(filter)=\(target)")) ?? [] {
          _ = try? project.docker(["rm", "--force", id])
        }
      }
      _ = try? project.docker(["network", "rm", target + "_default"])
    }
  }

  @Test func `operators who share an engine and nothing else exclude each other`() throws {
    let place = try Place()
    defer { place.remove() }
    let first = try place.deploying()
    let second = try place.other(2)
    try second.stagecraft("deploy", "--env", "dev").ends(2)
      .says("`local` is locked by", "stagecraft deploy", "--lock-wait")
    // It is of no project for those who look at one.
    #expect(try place.containers().count == 1)
    try second.stagecraft("releases", "list", "--env", "dev", "--refresh").ends(0)
    try place.letGo()
    first.wait().ends(0)
    #expect(try place.locks() == [])
  }

  @Test func `a lock that is taken away ends its run, and the next one goes on`() throws {
    let place = try Place()
    defer { place.remove() }
    let first = try place.deploying()
    let second = try place.other(2)
    try second.stagecraft("unlock", "--env", "dev").ends(0).says("removed the lock")
    let next = try second.start(["deploy", "--env", "dev"])
    #expect(try eventually { try !place.locks().isEmpty }, "\(next.errorsSoFar)")
    first.wait().ends(2).says("the lock of `local` was taken from this run")
    #expect(try eventually { try place.containers().count == 1 }, "\(next.errorsSoFar)")
    try place.letGo()
    next.send(SIGTERM)
    _ = next.wait()
  }

  @Test func `a killed run leaves its lock to its own checkout, and to no copy of it`() throws {
    let place = try Place()
    defer { place.remove() }
    let killed = try place.deploying()
    killed.send(SIGKILL)
    _ = killed.wait()
    #expect(try place.locks().count == 1)
    let copy = try Sandbox()
    try copy.run(["cp", "-r", place.project.root + "/.", copy.root]).ends(0)
    try copy.stagecraft("deploy", "--env", "dev").ends(2).says("`local` is locked by")
    try place.letGo()
    try place.project.stagecraft("deploy", "--env", "dev").ends(0)
    #expect(try place.locks() == [])
  }
}
