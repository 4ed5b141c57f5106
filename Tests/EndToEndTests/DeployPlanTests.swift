// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Plans of deploys: what they say before anything is done, that making one can change nothing, and
// that a saved one is done exactly or not at all.

import Foundation
import TestSupport
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Plans {
    private static func app(_ hosts: [String]) throws -> Deployed {
      let app = try Deployed(
        hosts,
        services: [
          ("web", ["build: ./web", "environment:", "  ROUND: one", "  WORD: canary-one"]),
          ("other", []),
        ])
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(1))\nENV OTHER=one\n")
      return app
    }

    @Test func `nothing can be changed while plans are made`() throws {
      let app = try Self.app(try Stack.steady(2))
      try app.deploy("--version", "1").ends(0)
      try app.edit("ROUND: one", "ROUND: two")
      try app.deploy("--version", "2").ends(0)
      try app.edit("ROUND: two", "ROUND: three")
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(2))\nENV OTHER=two\n")
      let looks = try ReadOnlyHosts(app)
      for words in [
        ["plan", "deploy", "--refresh"], ["plan", "deploy", "--output", "saved"],
        ["deploy", "--dry-run"], ["plan", "rollback", "--to-previous", "--refresh"],
        ["plan", "rollback", "--to-previous"], ["plan", "affected", "--file", "web/Dockerfile"],
      ] {
        let ended = try app.project.run(
          [Sandbox.program] + words + ["--env", "prod"], adding: looks.variables)
        ended.ends(0)
        #expect(!ended.out.contains("refused"), "\(ended)")
      }
      // The guard is one: the same means do not suffice to deploy.
      let before = try app.everywhere()
      let refused = try app.project.run(
        [Sandbox.program, "deploy", "--env", "prod", "--yes"], adding: looks.variables)
      #expect(refused.status != 0, "\(refused)")
      #expect(try app.everywhere() == before)
    }

    @Test func `a plan says what changes on which host, and what does not`() throws {
      let hosts = try Stack.steady(2)
      let app = try Self.app(hosts)
      try app.deploy("--version", "1").ends(0)
      try app.edit("ROUND: one", "ROUND: two")
      let plan = try app.project.run([
        Sandbox.program, "plan", "deploy", "--env", "prod", "--version", "1", "--refresh",
      ]).ends(0)
      for host in hosts {
        #expect(plan.out.contains("host/\(host)/rollout/web/start"), "\(plan)")
        #expect(!plan.out.contains("host/\(host)/rollout/other/start"), "\(plan)")
      }
      #expect(plan.out.contains("variable ROUND  "), "\(plan)")
      #expect(!plan.out.contains("variable WORD"), "\(plan)")
      #expect(!plan.out.contains("canary-one"), "\(plan)")
      // Nothing is left open: no image has to be built first.
      #expect(!plan.out.contains("maybe"), "\(plan)")
      let done = try app.report("--version", "1")
      done.ended.ends(0)
      for host in hosts {
        #expect(done.executed.contains("host/\(host)/rollout/web/start"), "\(done.ended)")
        #expect(!done.executed.contains("host/\(host)/rollout/other/start"), "\(done.ended)")
      }
    }

    @Test func `a saved plan is done, builds among it, and then there is nothing to do`() throws {
      let app = try Self.app(try Stack.steady(2))
      let check = [
        Sandbox.program, "plan", "deploy", "--env", "prod", "--version", "1", "--refresh",
        "--check",
      ]
      try app.project.run(check).ends(4)
      try app.project.stagecraft(
        "plan", "deploy", "--env", "prod", "--version", "1", "--output", "first.plan"
      ).ends(0)
      let saved = try app.project.read("first.plan")
      #expect(!saved.contains("canary-one"))
      #expect(
        try SchemaCheck(published: "saved-plan.schema.json")
          .faults([SchemaCheck.Case("first.plan", json: saved, accepts: true)]) == "")
      try app.project.stagecraft("deploy", "--plan", "first.plan").ends(0)
      try app.expectSteady(["web", "other"])
      try app.project.run(check).ends(0)
    }

    @Test func `a saved plan is refused with the names of what moved, and nothing is done`() throws
    {
      let hosts = try Stack.steady(2)
      let app = try Self.app(hosts)
      try app.deploy("--version", "1").ends(0)
      try app.edit("ROUND: one", "ROUND: two")
      let save = [
        Sandbox.program, "plan", "deploy", "--env", "prod", "--version", "1", "--output",
        "saved.plan",
      ]
      try app.project.run(save).ends(0)
      // Somebody takes a container away.
      let gone = try #require(try app.containers(hosts[1]).first { $0.name.contains("-other-") })
      try Stack.run(hosts[1], "docker", "rm", "--force", gone.name).ends(0)
      let before = try app.everywhere()
      try app.project.stagecraft("deploy", "--plan", "saved.plan").ends(1)
        .says("`host/\(hosts[1])/facts` on host `\(hosts[1])`: `container \(gone.name)` is gone")
        .says("nothing was changed")
      #expect(try app.everywhere() == before)

      // A source is edited.
      try app.project.run(save).ends(0)
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(1))\nENV OTHER=two\n")
      try app.project.stagecraft("deploy", "--plan", "saved.plan").ends(1)
        .says("`image/web/context`")
      #expect(try app.everywhere() == before)

      // Made with the key of another machine.
      let other = ["STAGECRAFT_SECRET_KEY": String(repeating: "k", count: 40)]
      try app.project.stagecraft("deploy", "--plan", "saved.plan", adding: other).ends(1)
        .says("another key")
      #expect(try app.everywhere() == before)
    }
  }
}
