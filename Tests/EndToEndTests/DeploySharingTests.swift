// SPDX-License-Identifier: AGPL-3.0-or-later
//
// More than one on the same hosts: two operators of one project, two projects, two environments.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Sharing {
    @Test func `of two operators at once the second waits, and both are in the history`() throws {
      let hosts = try Stack.steady(2)
      let app = try Deployed(
        hosts, services: [("web", ["environment:", "  ROUND: one"])])
      try app.deploy("--version", "first").ends(0)
      let other = try Sandbox()
      for file in ["stagecraft.yml", "docker-compose.yml"] {
        try other.write(file, try app.project.read(file))
      }
      try app.edit("ROUND: one", "ROUND: two")
      try other.edit("docker-compose.yml") { $0.replacing("ROUND: one", with: "ROUND: three") }
      let words = ["deploy", "--env", "prod", "--yes", "--lock-wait", "2m", "--version"]
      let one = try app.project.start(words + ["second"])
      let two = try other.start(words + ["third"])
      one.wait(seconds: 180).ends(0)
      two.wait(seconds: 180).ends(0)
      try app.expectSteady()
      let rounds = try Set(hosts.map { try app.variable("ROUND", on: $0) })
      #expect(rounds == ["two"] || rounds == ["three"], "a mixture: \(rounds)")
      for project in [app.project, other] {
        let told = try project.stagecraft("releases", "list", "--env", "prod", "--refresh").ends(0)
        for version in ["first", "second", "third"] {
          #expect(told.out.contains(version), "\(told)")
        }
      }
    }

    @Test func `without a time to wait the second is told who holds the lock`() throws {
      let host = try Stack.steady(1)[0]
      let app = try Deployed(
        [host],
        services: [
          (
            "web",
            [
              "environment:", "  ROUND: one", "healthcheck:",
              "  test: [\"CMD\", \"/bin/web\", \"check\"]",
              "  interval: 1s", "  retries: 30",
            ]
          )
        ])
      try app.deploy().ends(0)
      // Its new container takes ten seconds before it listens: the lock is held meanwhile.
      try app.edit("ROUND: one", "ROUND: two\n      START_DELAY: \"10\"")
      let first = try app.project.start(["deploy", "--env", "prod", "--yes"])
      let isHeld = try eventually {
        try app.containers(host).count == 2
      }
      #expect(isHeld, "\(first.errorsSoFar)")
      let second = try Sandbox()
      for file in ["stagecraft.yml", "docker-compose.yml"] {
        try second.write(file, try app.project.read(file))
      }
      let refused = try second.stagecraft("deploy", "--env", "prod", "--yes")
      refused.ends(2).says(host, "lock", "unlock")
      first.wait().ends(0)
      try app.expectSteady()
      try second.stagecraft("deploy", "--env", "prod", "--yes").ends(0)
    }

    @Test func `projects and environments on one host leave each other alone`() throws {
      let host = try Stack.steady(1)[0]
      let (mine, theirs) = (try Deployed([host]), try Deployed([host]))
      try mine.project.edit("stagecraft.yml") {
        $0.replacing(
          "environments:\n", with: "environments:\n  staging: { driver: ssh }\n")
      }
      try mine.deploy().ends(0)
      let prod = try mine.containers(host)
      try theirs.deploy().ends(0)
      try mine.project.stagecraft("deploy", "--env", "staging", "--yes").ends(0)
      let all = try mine.containers(host)
      #expect(all.count == 2, "\(all)")
      #expect(prod.allSatisfy(all.contains))
      let other = try theirs.containers(host)

      // Renaming the service makes an orphan of the old one: in this project and environment alone.
      try mine.edit("  web:\n", "  site:\n")
      try mine.project.edit("stagecraft.yml") { $0.replacing("  web: {", with: "  site: {") }
      let plan = try mine.project.stagecraft("plan", "deploy", "--env", "prod", "--refresh").ends(0)
      #expect((plan.out + plan.err).contains("orphan"), "\(plan)")
      try mine.deploy().ends(0)
      let later = try mine.containers(host)
      #expect(later.count == 2, "\(later)")
      #expect(later.filter(all.contains).count == 1, "\(later)")
      #expect(try theirs.containers(host) == other)
    }
  }
}
