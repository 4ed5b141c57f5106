// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A plan, with and without a look at the hosts, while everything would have to be replaced: nothing is
// written on a host, in an engine, or in the project's state.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct ReadOnly {
    @Test func `plans and dry runs change nothing anywhere`() throws {
      let hosts = try Stack.own(2)
      let app = try Deployed(
        hosts, services: [("web", ["build: ./web", "environment:", "  ROUND: one"])])
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(1))\nENV OTHER=one\n")
      try app.deploy("--version", "1").ends(0)
      try app.edit("ROUND: one", "ROUND: between")
      try app.deploy("--version", "2").ends(0)
      try app.edit("ROUND: between", "ROUND: two")
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(2))\nENV OTHER=two\n")

      let before = try state(app)
      for words in [
        ["plan", "deploy", "--env", "prod"], ["plan", "deploy", "--env", "prod", "--refresh"],
        ["deploy", "--env", "prod", "--dry-run"], ["releases", "list", "--env", "prod"],
        ["plan", "rollback", "--env", "prod", "--to-previous"],
        ["plan", "rollback", "--env", "prod", "--to-previous", "--refresh"],
        ["rollback", "--env", "prod", "--to-previous", "--dry-run"],
      ] {
        let ended = try app.project.run([Sandbox.program] + words + ["--format", "json"])
        ended.ends(0)
        let moved = Self.lines(try state(app)).symmetricDifference(Self.lines(before))
        #expect(moved == [], "`\(words.joined(separator: " "))` wrote something")
      }
    }

    private static func lines(_ texts: [String]) -> Set<Substring> {
      Set(texts.flatMap { $0.split(whereSeparator: \.isNewline) })
    }

    /// All that a write would change: files of the hosts and of the project with their times, and how
    /// often each engine created, started, stopped, pulled or removed anything.
    private func state(_ app: Deployed) throws -> [String] {
      var told: [String] = []
      for host in app.hosts {
        told.append(
          try Stack.shell(
            host, "find /var/lib/stagecraft/\(app.project.name) -printf '%p %T@ %m %s\\n' | sort"))
        told.append(
          try Stack.shell(
            host,
            "docker ps --all --no-trunc --format '{{.ID}} {{.State}}' --filter name="
              + "\(app.project.name); docker images --all --no-trunc --quiet | sort"))
      }
      let listed = try app.project.run([
        "find", app.project.root, "-type", "f", "-printf", "%p %T@ %s\\n",
      ])
      told.append(listed.out.split(separator: "\n").sorted().joined(separator: "\n"))
      told.append(
        try app.project.docker([
          "image", "ls", "--all", "--no-trunc", "--filter",
          "label=dev.stagecraft.project=\(app.project.name)", "--format", "{{.ID}} {{.Tag}}",
        ]).out)
      return told
    }
  }
}
