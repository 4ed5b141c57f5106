// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a second deploy touches: nothing when nothing changed, however the files were written or
// wherever they were checked out, and only what changed otherwise.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Change {
    private static let lines = [
      "environment:", "  FIRST: one", "  SECOND: two", "labels:", "  a: \"1\"", "  b: \"2\"",
    ]

    @Test func `a deploy without a change replaces nothing in one round trip a host`() throws {
      let hosts = try Stack.own(3)
      let app = try Deployed(hosts, services: [("web", Self.lines), ("other", [])])
      try app.deploy().ends(0)
      try app.expectSteady(["web", "other"])
      let before = try app.everywhere()

      let arrived = try hosts.map { try Stack.arrivals($0) }
      let again = try app.report()
      again.ended.ends(0)
      let later = try hosts.map { try Stack.arrivals($0) }
      #expect(again.executed == [], "\(again.ended)")
      #expect(try app.everywhere() == before)
      for (index, host) in hosts.enumerated() {
        let connections = later[index].connections - arrived[index].connections
        let commands = later[index].commands - arrived[index].commands
        #expect(connections <= 1, "\(host): \(connections) connections")
        #expect(commands <= 1, "\(host): \(commands) commands")
      }
    }

    @Test func `the order of maps and the place of the checkout change nothing`() throws {
      let host = try Stack.own(1)[0]
      let app = try Deployed([host], services: [("web", Self.lines), ("other", [])])
      try app.deploy().ends(0)
      let before = try app.everywhere()
      let pulls = try Self.pulls(host)

      // The same mapping in another order.
      try app.edit("      FIRST: one\n      SECOND: two\n", "      SECOND: two\n      FIRST: one\n")
      try app.edit("      a: \"1\"\n      b: \"2\"\n", "      b: \"2\"\n      a: \"1\"\n")
      let shuffled = try app.report()
      shuffled.ended.ends(0)
      #expect(try app.everywhere() == before, "\(shuffled.ended)")

      // Another checkout, by somebody else, who has no cache and no state yet.
      let elsewhere = try Sandbox()
      for file in ["stagecraft.yml", "docker-compose.yml"] {
        try elsewhere.write(file, try app.project.read(file))
      }
      try elsewhere.stagecraft("deploy", "--env", "prod", "--yes").ends(0)
      #expect(try app.everywhere() == before)
      #expect(try Self.pulls(host) == pulls)
    }

    @Test func `only the containers of the service that changed are replaced`() throws {
      let hosts = try Stack.own(2)
      let app = try Deployed(hosts, services: [("web", Self.lines), ("other", [])])
      try app.deploy().ends(0)
      let before = try app.everywhere()
      try app.edit("SECOND: two", "SECOND: three")
      try app.deploy().ends(0)
      let after = try app.everywhere()
      for host in hosts {
        let old = before[host] ?? []
        let new = after[host] ?? []
        #expect(new.count == 2, "\(new)")
        #expect(new.filter(old.contains).map(\.name).allSatisfy { $0.contains("-other-") })
        #expect(new.filter { !old.contains($0) }.count == 1)
        #expect(try app.variable("SECOND", on: host) == "three")
      }
    }

    /// How many images a host's engine has pulled since it started.
    private static func pulls(_ host: String) throws -> String {
      try Stack.shell(
        host, "docker events --since 1h --until 0s --filter event=pull --format '{{.ID}}' | wc -l")
    }
  }
}
