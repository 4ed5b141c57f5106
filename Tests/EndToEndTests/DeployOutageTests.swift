// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A host that loses its power, or its connection, while a script of a deploy runs on it: a step goes on
// over a new connection; of what is lost for good the deploy says so, and the next one finishes the job.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Outage {
    private enum Harm: String, CaseIterable {
      case power, connection
    }

    /// `web` on one host; its new containers wait before they listen.
    private static func app() throws -> Deployed {
      try Deployed(
        try Stack.own(1),
        services: [
          (
            "web",
            [
              "environment:", "  ROUND: \"0\"", "  START_DELAY: \"0\"", "volumes:",
              "  - ./data:/data:ro", "healthcheck:", "  test: [\"CMD\", \"/bin/web\", \"check\"]",
              "  interval: 500ms", "  retries: 100",
            ]
          )
        ])
    }

    /// Does the harm, waits for the end of the run, and makes the host well again.
    private static func strike(
      _ harm: Harm, _ host: String, _ run: RunningProgram, ends status: Int32 = 2
    ) throws {
      switch harm {
      case .power:
        try Stack.script("kill", host).ends(0)
      case .connection:
        // Each connection is a process of sshd that is named after its user; the listener stays.
        _ = try Stack.shell(host, "pkill -KILL -f '^sshd: deploy|^sshd-session: deploy'")
      }
      let failed = run.wait(seconds: 100)
      #expect(failed.status == status, "\(harm): \(failed)")
      failed.says(host)
      if harm == .power { try Stack.script("boot", host).ends(0) }
    }

    @Test(arguments: Harm.allCases.map(\.rawValue))
    func `a host that is lost within a step of a rollout is brought to its end by the next deploy`(
      name: String
    ) throws {
      let harm = try #require(Harm(rawValue: name))
      let app = try Self.app()
      let host = app.hosts[0]
      try app.project.write("data/file", "one")
      try app.deploy().ends(0)

      // Between the start of the new container and its health.
      try app.edit("ROUND: \"0\"", "ROUND: \"1\"")
      try app.edit("START_DELAY: \"0\"", "START_DELAY: \"8\"")
      let rollout = try app.project.start(
        ["deploy", "--env", "prod", "--yes"], adding: ["STAGECRAFT_SSH_RECONNECT": "10"])
      #expect(try eventually { try app.containers(host).count == 2 }, "\(rollout.errorsSoFar)")
      // Between two scripts a connection may break without harm: the next one that runs opens another.
      let isAtWork = try eventually {
        let scripts = try Stack.shell(host, "pgrep -u deploy -x sh || true")
        return rollout.errorsSoFar.contains("web/healthy] running") && !scripts.isEmpty
      }
      #expect(isAtWork, "\(rollout.errorsSoFar)")
      try Self.strike(harm, host, rollout, ends: harm == .connection ? 0 : 2)
      try app.edit("START_DELAY: \"8\"", "START_DELAY: \"0\"")
      try app.deploy().ends(0)
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: host) == "1")
    }

    @Test(arguments: Harm.allCases.map(\.rawValue))
    func `a host that is lost within an upload gets the release with the next deploy`(
      name: String
    ) throws {
      let harm = try #require(Harm(rawValue: name))
      let app = try Self.app()
      let host = app.hosts[0]
      try app.project.write("data/file", "one")
      try app.deploy().ends(0)
      // Ten megabytes that cannot be compressed, over a line that takes a minute for them.
      try app.project.run([
        "sh", "-c", "head -c 10000000 /dev/urandom >data/large",
      ]).ends(0)
      try Stack.script("slow", host, "--rate", "1mbit").ends(0)
      defer { _ = try? Stack.script("heal", host) }
      let directory = "/var/lib/stagecraft/\(app.project.name)/prod"
      let upload = try app.project.start(["deploy", "--env", "prod", "--yes"])
      let isThere = try eventually {
        try Stack.shell(
          host, "find \(directory)/upload.tmp -name large -size +0 2>/dev/null || true") != ""
      }
      #expect(isThere, "\(upload.errorsSoFar)")
      try Self.strike(harm, host, upload)
      try Stack.script("heal", host).ends(0)
      try app.deploy().ends(0)
      try app.expectSteady()
      let size = try Stack.shell(
        host, "docker exec \(try app.containers(host)[0].id) /bin/busybox stat -c %s /data/large")
      #expect(size.trimmingCharacters(in: .whitespacesAndNewlines) == "10000000")
      #expect(try Stack.shell(host, "ls \(directory)").contains("upload.tmp") == false)
    }

    @Test func `an engine that dies while a service is replaced does not leave it down`() throws {
      let app = try Deployed(
        try Stack.own(1),
        services: [
          (
            "web",
            [
              "environment:", "  ROUND: one", "stop_grace_period: 5s",
              "entrypoint: [/bin/busybox, sh, -c, \"trap '' TERM; while :; do sleep 1; done\"]",
              "healthcheck: { disable: true }",
            ]
          )
        ], settings: ["web": "strategy: recreate"])
      let host = app.hosts[0]
      try app.deploy().ends(0)
      try app.edit("ROUND: one", "ROUND: two")
      let run = try app.project.start(["deploy", "--env", "prod", "--yes"])
      let isStopping = try eventually {
        try app.containers(host).contains { $0.name.hasSuffix("-stagecraft-kept") }
      }
      #expect(isStopping, "\(run.errorsSoFar)")
      // The host starts its engine again by itself.
      _ = try Stack.shell(host, "kill -9 $(cat /run/engine.pid)")
      run.wait(seconds: 100).ends(0)
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: host) == "two")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func `a run that is stopped leaves no script at work on a host`(signal: Int32) throws {
      let app = try Self.app()
      let host = app.hosts[0]
      try app.project.write("data/file", "one")
      try app.deploy().ends(0)
      let old = try app.containers(host)

      // Its script waits for a container that takes longer than this test.
      try app.edit("ROUND: \"0\"", "ROUND: \"1\"")
      try app.edit("START_DELAY: \"0\"", "START_DELAY: \"300\"")
      let run = try app.project.start(["deploy", "--env", "prod", "--yes"])
      func atWork() throws -> Bool {
        try Stack.shell(
          host, "pgrep -f '[s]tagecraft /var/lib/stagecraft/\(app.project.name)' || true")
          != ""
      }
      let waits = try eventually { try app.containers(host).count == 2 && atWork() }
      #expect(waits, "\(run.errorsSoFar)")
      run.send(signal)
      let ended = run.wait(seconds: 60)
      #expect(ended.status == (signal == SIGKILL ? 128 + SIGKILL : 130), "\(ended)")
      #expect(try app.containers(host).filter(old.contains) == old)
      let lock = "test -e /var/lib/stagecraft/\(app.project.name)/prod/lock && echo held || true"
      if signal != SIGKILL {
        #expect(try Stack.shell(host, lock) == "")
        #expect(try eventually { try !atWork() })
      }

      // The next run, at once: what the killed one left at work stops, and hurts nothing.
      try app.edit("START_DELAY: \"300\"", "START_DELAY: \"0\"")
      try app.deploy().ends(0)
      #expect(try eventually { try !atWork() })
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: host) == "1")
      #expect(try Stack.shell(host, lock) == "")
    }
  }
}
