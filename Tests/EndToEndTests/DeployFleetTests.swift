// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a release goes over a fleet: the canary, the failure budget, the wait between waves, what is
// brought back where too much fails, and the hooks around it all.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Fleet {
    /// Hosts on which a container of a round is sick where a file of the host says so.
    private struct Setup {
      let app: Deployed

      init(_ rollout: String) throws {
        app = try Deployed(
          try Stack.steady(3),
          services: [
            (
              "web",
              [
                "environment:", "  ROUND: one", "volumes:", "  - /tmp:/host:ro", "healthcheck:",
                "  test: [\"CMD\", \"/bin/busybox\", \"sh\", \"-c\","
                  + " \"test ! -e /host/$NAME-$$ROUND\"]",
                "  interval: 500ms", "  retries: 2",
              ]
            )
          ], environment: "    rollout: { \(rollout) }\n")
      }

      func change(from old: String, to new: String, sickOn host: String) throws {
        try app.edit("ROUND: \(old)", "ROUND: \(new)")
        try Stack.run(host, "touch", "/tmp/\(app.project.name)-\(new)")
      }

      /// What runs on each host.
      func rounds() throws -> [String] {
        try app.hosts.map { try app.variable("ROUND", on: $0) }
      }
    }

    @Test func `a canary may not fail, of the others as many as allowed, and all can be undone`()
      throws
    {
      let setup = try Setup("canary: 1, batch: 1, pause: 200ms, max_failures: 1")
      let app = setup.app
      let hosts = app.hosts
      let first = try app.report()
      first.ended.ends(0)
      #expect(first.executed.contains("rollout/pause-1"), "\(first.ended)")

      // The canary fails: one failure is allowed, but not there.
      try setup.change(from: "one", to: "two", sickOn: hosts[0])
      let stopped = try app.report()
      stopped.ended.ends(2)
      #expect(stopped["rollout/canary"]?.status == "skipped", "\(stopped.ended)")
      #expect(stopped["rollout/pause-1"]?.status == "skipped", "\(stopped.ended)")
      #expect(try setup.rounds() == ["one", "one", "one"])

      // Another host fails: the rest gets the release.
      try setup.change(from: "two", to: "three", sickOn: hosts[1])
      let partial = try app.deploy()
      partial.ends(10).says(hosts[1])
      #expect(try setup.rounds() == ["three", "one", "three"], "\(partial)")

      // Within the budget nothing is undone.
      try app.project.edit("stagecraft.yml") {
        $0.replacing("max_failures: 1", with: "max_failures: 1, on_failure: rollback")
      }
      let allowed = try app.deploy()
      allowed.ends(10)
      #expect(try setup.rounds() == ["three", "one", "three"], "\(allowed)")

      // Beyond it, every host that was changed goes back to what it ran itself.
      try app.project.edit("stagecraft.yml") {
        $0.replacing("max_failures: 1", with: "max_failures: 0")
      }
      try setup.change(from: "three", to: "four", sickOn: hosts[2])
      let before = try app.containers(hosts[2])
      let undone = try app.deploy()
      undone.ends(2).says("bringing back", hosts[0], hosts[1], hosts[2])
      #expect(try setup.rounds() == ["three", "one", "three"], "\(undone)")
      #expect(try app.containers(hosts[2]) == before)
      try app.expectSteady()
      let told = try app.project.stagecraft(
        "releases", "list", "--env", "prod", "--format", "json"
      ).ends(0)
      #expect(told.out.contains("\"undo\""), "\(told)")

      // What is owed is all that is left to do.
      try Stack.run(hosts[2], "rm", "/tmp/\(app.project.name)-four")
      try app.deploy().ends(0)
      #expect(try setup.rounds() == ["four", "four", "four"])
    }

    @Test func `hooks run in the order of the phases where a host is changed, and can stop it`()
      throws
    {
      let host = try Stack.steady(1)[0]
      let sides = ["before", "after"]
      let phases = ["build", "push", "migrate_pre", "rollout", "migrate_post", "finalize"]
      // Each tells how many images and containers of the project there are.
      let images = "docker image ls -q --filter label=dev.stagecraft.project=$NAME | sort -u"
      let containers = "ssh \(host) docker ps -q --filter name=$NAME"
      var hooks = "tasks:\n"
      for phase in phases.reversed() {
        for side in sides {
          let told = "\(side) \(phase) $(\(images) | wc -l) $(\(containers) | wc -l)"
          hooks += "  \(side)-\(phase): { \(side): \(phase), inputs: [docker-compose.yml],"
          hooks += " env: [HOME, FAIL], run: 'echo \(told) >>hooks.log; test \"$FAIL\" != "
          hooks += "\(side)-\(phase)' }\n"
        }
      }
      let app = try Deployed(
        [host], services: [("web", ["build: ./web", "environment:", "  ROUND: one"])],
        environment: "    rollout: { on_failure: rollback }\n", more: hooks)
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(1))\nENV OTHER=one\n")
      func log() throws -> [String] {
        let lines = try app.project.read("hooks.log").split(whereSeparator: \.isNewline)
        try app.project.delete("hooks.log")
        return lines.map(String.init)
      }

      try app.deploy("--version", "1").ends(0)
      let states =
        ["0 0"] + [String](repeating: "1 0", count: 6)
        + [String](repeating: "1 1", count: 5)
      var expected: [String] = []
      for phase in phases { for side in sides { expected.append("\(side) \(phase)") } }
      let seen = try log()
      #expect(seen == zip(expected, states).map { "\($0) \($1)" })

      // Nothing to do: no hook runs.
      try app.deploy("--version", "1").ends(0)
      #expect(!app.project.has("hooks.log"))

      // One that fails before the rollout stops it.
      try app.edit("ROUND: one", "ROUND: two")
      let before = try app.containers(host)
      let stopped = try app.deploy("--version", "2", adding: ["FAIL": "before-rollout"])
      stopped.ends(2).says("before-rollout")
      #expect(try app.containers(host) == before)
      let until = try log()
      #expect(until.last?.hasPrefix("before rollout") == true, "\(until)")

      // One that fails after it, such as a smoke test, undoes it.
      let undone = try app.deploy("--version", "2", adding: ["FAIL": "after-rollout"])
      undone.ends(2).says("after-rollout", "bringing back")
      #expect(try app.variable("ROUND", on: host) == "one", "\(undone)")
      #expect(try log().last?.hasPrefix("after rollout") == true)
    }
  }
}
