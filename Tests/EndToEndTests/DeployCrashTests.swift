// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The program killed at every boundary of its work on two hosts and a database: the next run brings
// it to its end, does nothing twice, and leaves nothing behind.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Crash {
    /// A deploy to two hosts with a database of its own.
    private struct Setup {
      let app: Deployed
      let database: Database

      init() throws {
        database = try Database()
        app = try Deployed(
          try Stack.steady(2), services: [("web", ["environment:", "  ROUND: \"0\""])],
          environment: "    env_file: .env.prod\n    rollout: { batch: 2 }\n",
          more: """
            databases:
              main:
                connection_env: DATABASE_URL
                migrations: { engine: raw, path: migrations, strategy: pre_deploy }

            """)
        try app.project.write(".env.prod", "DATABASE_URL=\(database.url)\n", mode: 0o600)
        try app.project.write("migrations/0000_runs.sql", "create table runs (round int);\n")
      }

      /// Changes what is deployed, on every host and in the database.
      func change(to round: Int) throws {
        try app.project.edit("docker-compose.yml") {
          $0.replacing(#/ROUND: "[0-9]+"/#, with: "ROUND: \"\(round)\"")
        }
        try app.project.write(
          "migrations/\(String(format: "%04d", round))_run.sql",
          "insert into runs values (\(round));\n")
      }

      func expectDone(_ round: Int) throws {
        try app.expectSteady()
        for host in app.hosts {
          #expect(try app.variable("ROUND", on: host) == "\(round)")
        }
        let rounds = try database.rows("select round from runs order by round")
        #expect(rounds == (1...round).map(String.init))
      }
    }

    @Test(.timeLimit(.minutes(40)))
    func `killed before any of its effects, the next deploy finishes the job`() throws {
      let setup = try Setup()
      try setup.app.deploy().ends(0)
      var round = 0
      while true {
        round += 1
        try setup.change(to: round)
        let run = try setup.app.deploy(adding: ["STAGECRAFT_CRASH_EFFECT": "\(round)"])
        if run.status != 128 + SIGKILL {
          // There is no such effect: the run went through.
          run.ends(0)
          try setup.expectDone(round)
          break
        }
        // At once: the lock that the dead one left is known to be this checkout's own.
        try setup.app.deploy().ends(0)
        try setup.expectDone(round)
        if round.isMultiple(of: 8) {
          let idle = try setup.app.report()
          #expect(idle.executed == [], "\(idle.ended)")
        }
      }
      // Two hosts with an upload, a start, a health check and a retirement each, and the database.
      #expect(round > 9, "only \(round) effects")
    }

    @Test(.timeLimit(.minutes(10)))
    func `the lock of a killed run names its holder and ends by itself`() throws {
      let setup = try Setup()
      try setup.app.deploy().ends(0)
      try setup.change(to: 1)
      try setup.app.deploy(adding: ["STAGECRAFT_CRASH_EFFECT": "10"]).ends(128 + SIGKILL)
      // Somebody else, in another checkout.
      let elsewhere = try Sandbox()
      for file in [
        "stagecraft.yml", "docker-compose.yml", ".env.prod", "migrations/0000_runs.sql",
        "migrations/0001_run.sql",
      ] {
        try elsewhere.write(file, try setup.app.project.read(file))
      }
      let words = [Sandbox.program, "deploy", "--env", "prod", "--yes"]
      let refused = try elsewhere.run(words)
      #expect(refused.status == 2, "\(refused)")
      #expect(refused.err.contains("lock"), "\(refused)")
      try elsewhere.run(words + ["--lock-wait", "3m"]).ends(0)
      try setup.expectDone(1)
    }
  }
}
