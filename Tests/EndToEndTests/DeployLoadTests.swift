// SPDX-License-Identifier: AGPL-3.0-or-later
//
// examples/fleet under constant load through twenty rollouts: many short requests over connections
// that are kept, slow ones, and web sockets. Not one of them may fail.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Load {
    private static let port = 18080

    /// How hard it is made, from the variables of the environment.
    private struct Hardness {
      private static func number(_ name: String) -> Int {
        ProcessInfo.processInfo.environment["STAGECRAFT_LOAD_" + name].flatMap { Int($0) } ?? 0
      }

      /// The share of one processor that each host has, in percent; 0 for all that there is.
      let share = number("CPU")
      /// Programs on each host that do nothing but work.
      let busy = number("BUSY")
      /// Seconds between two health checks of a new container; 0 for what the example says.
      let checks = number("CHECKS")
    }

    /// What scripts/lib/load.py prints.
    private struct Slow: Decodable {
      let slow: Int
      let answers: Int
      let sockets: Int
      let goodbyes: Int
      let failures: [String]
    }

    @Test(.timeLimit(.minutes(30)))
    func `twenty rollouts under load lose no request`() throws {
      let hosts = try Stack.own(2)
      let app = Deployed(try Sandbox(example: "fleet"), on: hosts)
      try app.project.edit("stagecraft.yml") {
        $0.replacing("127.0.0.1:5060", with: "\(Stack.registry)/e2e")
          .replacing("front: [h1, h2]", with: "front: [\(hosts.joined(separator: ", "))]")
          .replacing("batch: 1", with: "batch: 2")
          .replacing("jobs: [h2]", with: "jobs: [\(hosts[1])]")
          .replacing("data: [h3]", with: "data: [\(hosts[1])]")
          .replacing(
            #/addresses: {.*}/#,
            with: "addresses: { "
              + hosts.map { "\($0): \(Stack.address($0))" }.joined(separator: ", ") + " }")
      }
      try app.project.edit("docker-compose.yml") {
        $0.replacing("  web:\n", with: "  web:\n    environment: { ROUND: \"$ROUND\" }\n")
          .replacing("$ROUND", with: "${ROUND:-0}")
      }
      let hardness = Hardness()
      if hardness.checks > 0 {
        try app.project.edit("docker-compose.yml") {
          $0.replacing("start_interval: 500ms", with: "start_interval: \(hardness.checks)s")
            .replacing("start_period: 30s", with: "start_period: 120s")
        }
      }
      let values =
        "POSTGRES_PASSWORD=secret\nWEB_PORT=\(Self.port)\n"
        + "DATABASE_URL=postgresql://fleet:secret@127.0.0.1:5432/fleet\n"
      try app.project.write(".env.prod", values, mode: 0o600)
      try app.deploy().ends(0)

      let variables = ProcessInfo.processInfo.environment
      var busy: [RunningProgram] = []
      for host in hosts {
        try Stack.script("cpu", host, "\(hardness.share)").ends(0)
        for _ in 0..<hardness.busy {
          busy.append(
            try RunningProgram(
              [
                Sandbox.repository + "/scripts/test-stack", "exec", host, "sh", "-c",
                "exec timeout 2400 sh -c 'while :; do :; done'",
              ], in: "/", environment: variables))
        }
      }
      defer {
        for host in hosts {
          _ = try? Stack.script("cpu", host, "0")
          _ = try? Stack.run(host, "pkill", "-f", "while :; do :; done")
        }
      }
      var slow: [RunningProgram] = []
      var short: [RunningProgram] = []
      for host in hosts {
        let address = "\(Stack.address(host)):\(Self.port)"
        slow.append(
          try RunningProgram(
            [
              "python3", Sandbox.repository + "/scripts/lib/load.py", address, "/api/orders?wait=3",
              "/api/live",
            ], in: "/", environment: variables))
        for path in ["/", "/api/catalogue"] {
          // Ended by a signal, it still prints what it counted.
          short.append(
            try RunningProgram(
              [
                "wrk", "--threads", "1", "--connections", "4", "--duration", "40m", "--timeout",
                "60", "http://\(address)\(path)",
              ], in: "/", environment: variables))
        }
      }
      let before = try app.everywhere()
      var replaced = 0
      for round in 1...5 {
        // On each host one rollout of `web` and one of `api`.
        try app.project.write(
          ".env.prod", values + "ROUND=\(round)\nCURRENCY=C\(round)\n", mode: 0o600)
        let old = try app.everywhere()
        try app.deploy().ends(0)
        for (host, now) in try app.everywhere() {
          let behind = now.filter { $0.name.contains("-web-") || $0.name.contains("-api-") }
          replaced += behind.count { old[host]?.contains($0) == false }
        }
      }
      for program in short { program.send(SIGINT) }
      for program in slow { program.send(SIGTERM) }
      var (slowAnswers, answers, sockets) = (0, 0, 0)
      for program in slow {
        let told = program.wait().ends(0)
        let counts = try JSONDecoder().decode(Slow.self, from: Data(told.out.utf8))
        #expect(counts.failures == [])
        #expect(counts.slow > 50 && counts.answers > 50, "\(told.out)")
        #expect(counts.goodbyes >= 5, "no socket met a rollout: \(told.out)")
        slowAnswers += counts.slow
        answers += counts.answers
        sockets += counts.sockets
      }
      var requests = 0
      for program in short {
        let ended = program.wait().ends(0)
        #expect(!ended.out.contains("Non-2xx"), "\(ended)")
        if ended.out.contains("Socket errors") {
          #expect(
            ended.out.contains("connect 0, read 0, write 0, timeout 0"), "\(ended)")
        }
        let count = try #require(ended.out.firstMatch(of: #/([0-9]+) requests in/#), "\(ended)")
        requests += Int(count.1) ?? 0
      }
      #expect(requests > 1000)
      #expect(replaced == 20, "\(replaced) containers were replaced")
      let after = try app.everywhere()
      #expect(after.mapValues(\.count) == before.mapValues(\.count), "\(after)")
      // The issue asks for the figures.
      print(
        "rollouts 20, short requests \(requests), slow \(slowAnswers), socket messages "
          + "\(answers), sockets \(sockets), failed 0")
    }
  }
}
