// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Going back: what a release was on every host, also on those that it had nothing to do on.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Back {
    /// Two services on two hosts: `web` on the first, `other` on the second.
    private static func app() throws -> Deployed {
      let hosts = try Stack.steady(2)
      let app = try Deployed(
        hosts,
        services: [
          ("web", ["environment:", "  WEB: one"]), ("other", ["environment:", "  OTHER: one"]),
        ])
      try app.project.edit("stagecraft.yml") {
        $0.replacing(
          "  all: [\(hosts.joined(separator: ", "))]",
          with: "  first: [\(hosts[0])]\n  second: [\(hosts[1])]"
        )
        .replacing("web: { role: all", with: "web: { role: first")
        .replacing("other: { role: all", with: "other: { role: second")
      }
      return app
    }

    @Test func `going back is planned from what this checkout knows, and no host is asked`() throws
    {
      let app = try Self.app()
      let words = ["plan", "rollback", "--env", "prod", "--to-version", "1"]
      try app.deploy("--version", "1").ends(0)
      try app.edit("WEB: one", "WEB: two")
      try app.deploy("--version", "2").ends(0)
      let before = try app.hosts.map { try Stack.arrivals($0).connections }
      let offline = try app.project.run([Sandbox.program] + words)
      offline.ends(0).says("--refresh")
      #expect(try app.hosts.map { try Stack.arrivals($0).connections } == before)
      // The same tasks as after asking.
      let asked = try app.project.run([Sandbox.program] + words + ["--refresh"]).ends(0)
      func tasks(_ text: String) -> [Substring] {
        text.matches(of: #/(host|rollout)/\S+/#).map(\.output.0)
      }
      #expect(tasks(offline.out).count > 5)
      #expect(tasks(offline.out) == tasks(asked.out))
      // What is kept for people to read holds no value of an environment.
      let kept = try app.project.run([
        "sh", "-c", "cat .stagecraft/rendered/prod/\(app.hosts[0])/*.yaml",
      ]).ends(0)
      #expect(kept.out.contains("web:") && !kept.out.contains("WEB: two"), "\(kept)")

      // One host of which nothing is known here is said and left out.
      try app.project.delete(".stagecraft/rendered/prod/\(app.hosts[1])")
      try app.project.run([Sandbox.program] + words).ends(0).says(app.hosts[1], "not known here")
      let elsewhere = try Sandbox()
      for file in ["stagecraft.yml", "docker-compose.yml", ".stagecraft/releases.json"] {
        try elsewhere.write(file, try app.project.read(file))
      }
      let unknown = try elsewhere.run([Sandbox.program] + words)
      unknown.ends(1).says("not known here", "--refresh")
      try elsewhere.run([Sandbox.program] + words + ["--refresh"]).ends(0)
    }

    @Test func `a rollback brings back hosts that the release had left alone`() throws {
      let app = try Self.app()
      let (first, second) = (app.hosts[0], app.hosts[1])
      try app.deploy("--version", "1").ends(0)
      try app.edit("WEB: one", "WEB: two")
      try app.deploy("--version", "2").ends(0)
      try app.edit("OTHER: one", "OTHER: two")
      try app.deploy("--version", "3").ends(0)

      // Release 2 did nothing on the second host, which was as release 1 had left it.
      let words = ["rollback", "--env", "prod", "--yes"]
      try app.project.run([Sandbox.program] + words + ["--to-previous"]).ends(0)
      #expect(try app.variable("WEB", on: first) == "two")
      #expect(try app.variable("OTHER", of: "other", on: second) == "one")
      // From a fresh checkout.
      let elsewhere = try Sandbox()
      for file in ["stagecraft.yml", "docker-compose.yml"] {
        try elsewhere.write(file, try app.project.read(file))
      }
      try elsewhere.run([Sandbox.program] + words + ["--to-version", "1"]).ends(0)
      #expect(try app.variable("WEB", on: first) == "one")
      #expect(try app.variable("OTHER", of: "other", on: second) == "one")
      // What the files say is newer than what runs: the next deploy brings it.
      try app.deploy("--version", "3").ends(0)
      #expect(try app.variable("WEB", on: first) == "two")
      #expect(try app.variable("OTHER", of: "other", on: second) == "two")
    }
  }
}
