// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A step that replaces a container goes on on its host whatever becomes of who started it: connections
// are cut and runs are stopped between the stop of the old container and the start of the new one.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Detached {
    /// `web` on one host, whose container takes four seconds to stop; it is deployed, and then changed.
    private static func app() throws -> Deployed {
      let app = try Deployed(
        try Stack.own(1),
        services: [
          (
            "web",
            [
              "environment: { ROUND: \"1\" }", "stop_grace_period: 4s",
              "healthcheck: { disable: true }",
              "entrypoint: [/bin/busybox, sh, -c, \"trap '' TERM; while :; do /bin/busybox sleep 1; done\"]",
            ]
          )
        ], settings: ["web": "strategy: recreate"])
      try app.deploy().ends(0)
      try app.edit("ROUND: \"1\"", "ROUND: \"2\"")
      return app
    }

    /// Starts a deploy and waits until its host stops the old container.
    private static func stopping(_ app: Deployed) throws -> RunningProgram {
      let run = try app.project.start(["deploy", "--env", "prod", "--yes"])
      let isThere = try eventually {
        try !Stack.shell(app.hosts[0], "pgrep -f '^docker stop -t 4' || true").isEmpty
      }
      #expect(isThere, "\(run.errorsSoFar)")
      return run
    }

    private static func left(_ app: Deployed) throws -> String {
      try Stack.shell(
        app.hosts[0],
        """
        cd /var/lib/stagecraft/\(app.project.name)/prod
        ls -d lock jobs/* 2>/dev/null || true
        pgrep -f '[s]tagecraft /var/lib/stagecraft/\(app.project.name)' || true
        """)
    }

    @Test func `a connection that is lost in between is opened again, and the step is done`() throws
    {
      let app = try Self.app()
      let run = try Self.stopping(app)
      _ = try Stack.shell(
        app.hosts[0], "pkill -KILL -f '^sshd: deploy|^sshd-session: deploy'")
      run.wait().ends(0).says("broke while replacing `web`")
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: app.hosts[0]) == "2")
      #expect(try Self.left(app) == "")
    }

    @Test(arguments: [[SIGTERM], [SIGHUP], [SIGTERM, SIGTERM]])
    func `a run that is stopped brings the step to its end and says what is in between`(
      signals: [Int32]
    ) throws {
      let app = try Self.app()
      let run = try Self.stopping(app)
      for signal in signals { run.send(signal) }
      run.wait(seconds: 60).ends(130).says(
        "bringing to a safe point: replacing `web` on `\(app.hosts[0])`, at most ",
        "interrupted", "in between: web (\(app.project.name)-prod-web-1 Up ",
        "what was begun is finished by the next `deploy`")
      // The one of before is kept until the health of the new one was seen.
      let found = try app.containers(app.hosts[0])
      #expect(found.filter { $0.state == "running" }.count == 1, "\(found)")
      #expect(found.allSatisfy { $0.state == "running" || $0.name.hasSuffix("-kept") }, "\(found)")
      #expect(try app.variable("ROUND", on: app.hosts[0]) == "2")
      #expect(try Self.left(app) == "")
      try app.deploy().ends(0)
      try app.expectSteady()
    }

    @Test func `a run after one that was killed waits for the step that it left, and is the last`()
      throws
    {
      let app = try Self.app()
      let killed = try Self.stopping(app)
      killed.send(SIGKILL)
      _ = killed.wait(seconds: 20)
      try app.edit("ROUND: \"2\"", "ROUND: \"3\"")
      try app.deploy().ends(0).says("an earlier run is still replacing `web` on")
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: app.hosts[0]) == "3")
      #expect(try Self.left(app) == "")
    }

    @Test func `a deploy of another checkout right after an interruption is not undone by it`()
      throws
    {
      let app = try Self.app()
      let other = "other"
      for file in ["stagecraft.yml", "docker-compose.yml"] {
        try app.project.write("\(other)/\(file)", try app.project.read(file))
      }
      try app.project.edit("\(other)/docker-compose.yml") {
        $0.replacing("ROUND: \"2\"", with: "ROUND: \"3\"")
      }
      let run = try Self.stopping(app)
      run.send(SIGTERM)
      try app.project.run(
        [Sandbox.program, "deploy", "--env", "prod", "--yes", "--lock-wait", "60s"], in: other
      ).ends(0)
      run.wait(seconds: 60).ends(130)
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: app.hosts[0]) == "3")
      #expect(try Self.left(app) == "")
    }
  }
}
