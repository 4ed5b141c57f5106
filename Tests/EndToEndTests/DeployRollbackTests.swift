// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Going back: what a release was on every host, also on those that it had nothing to do on.

import Foundation
import Testing

extension DeployTests {
  @Suite struct Back {
    /// Two services on two hosts: `web` on the first, `other` on the second.
    private static func app() throws -> Deployed {
      let hosts = try Stack.own(2)
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
