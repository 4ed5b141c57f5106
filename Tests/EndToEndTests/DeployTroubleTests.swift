// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Hosts that fail in the middle of a fleet: sick, silent, without a registry, without room. The others
// get what is new, the failed keep what they had, and the next deploy does what is owed.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Trouble {
    @Test func `of eight hosts a sick and a silent one keep the old and are named`() throws {
      _ = try Stack.own(5)
      let hosts = Array(Stack.hosts.prefix(8))
      let (sick, silent) = (hosts[2], hosts[4])
      let app = try Deployed(
        hosts,
        services: [
          (
            "web",
            [
              "environment:", "  ROUND: one", "volumes:", "  - /tmp:/host:ro", "healthcheck:",
              "  test: [\"CMD\", \"/bin/busybox\", \"sh\", \"-c\", \"test ! -e /host/$NAME-$$ROUND\"]",
              "  interval: 500ms", "  retries: 3",
            ]
          )
        ], environment: "    rollout: { batch: 8, max_failures: 8 }\n")
      try app.deploy().ends(0)
      try app.expectSteady()
      let before = try app.everywhere()

      try app.edit("ROUND: one", "ROUND: two")
      try Stack.run(sick, "touch", "/tmp/\(app.project.name)-two")
      try Stack.script("partition", silent)
      defer { _ = try? Stack.script("heal", silent) }
      let failed = try app.deploy()
      failed.ends(10).says(sick, silent)
      for host in hosts where host != silent {
        if host == sick {
          #expect(try app.containers(host) == before[host], "\(failed)")
        } else {
          #expect(try app.variable("ROUND", on: host) == "two")
        }
      }
      try Stack.script("heal", silent).ends(0)
      #expect(try app.containers(silent) == before[silent])

      // What is owed is all that the next deploy does.
      try Stack.run(sick, "rm", "/tmp/\(app.project.name)-two")
      let middle = try app.everywhere()
      try app.deploy().ends(0)
      try app.expectSteady()
      for host in hosts {
        #expect(try app.variable("ROUND", on: host) == "two")
        if host != sick, host != silent { #expect(try app.containers(host) == middle[host]) }
      }
    }

    @Test func `the rollout stops after a failed host and the rest keep the old`() throws {
      let hosts = try Stack.own(3)
      let app = try Deployed(
        hosts, services: [("web", ["environment:", "  ROUND: one"])],
        environment: "    rollout: { batch: 1 }\n")
      try app.deploy().ends(0)
      let before = try app.everywhere()
      try app.edit("ROUND: one", "ROUND: two\n      CRASH: \"1\"")
      let failed = try app.deploy()
      #expect(failed.status == 10 || failed.status == 2, "\(failed)")
      failed.says(hosts[0], "web")
      #expect(try app.everywhere() == before)
    }

    @Test func `a registry that is away for a host fails it before anything is replaced`() throws {
      let host = try Stack.own(1)[0]
      let app = try Deployed([host], services: [("web", ["build: ./web"])])
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(1))\nENV ROUND=one\n")
      try app.deploy("--version", "1").ends(0)
      let before = try app.containers(host)
      try app.project.write("web/Dockerfile", "FROM \(Stack.web(2))\nENV ROUND=two\n")
      let port = Stack.registry.split(separator: ":").last ?? ""
      let rule = "OUTPUT -p tcp --dport \(port) -j REJECT --reject-with tcp-reset"
      // The push goes well: the machine itself has the registry.
      _ = try Stack.shell(host, "iptables -w -I \(rule)")
      defer { _ = try? Stack.run(host, "sh", "-c", "iptables -w -D \(rule)") }
      let failed = try app.deploy("--version", "2")
      #expect(failed.status == 2 || failed.status == 10, "\(failed)")
      failed.says(host, "pull")
      #expect(try app.containers(host) == before)
      _ = try Stack.shell(host, "iptables -w -D \(rule)")
      try app.deploy("--version", "2").ends(0)
      #expect(try app.variable("ROUND", on: host) == "two")
    }

    @Test func `a disk that is nearly full is refused before the pull, with numbers`() throws {
      let host = try Stack.own(2)[1]
      let app = try Deployed([host])
      try app.deploy().ends(0)
      let before = try app.containers(host)
      // Nobody has it but the registry.
      let image = "\(Stack.registry)/e2e/\(app.project.name)-big:1"
      try app.project.write(
        "image/Dockerfile",
        "FROM \(Stack.web(1))\nRUN [\"/bin/busybox\", \"dd\", \"if=/dev/urandom\", "
          + "\"of=/big\", \"bs=1M\", \"count=200\"]\n")
      try app.project.docker(["build", "--quiet", "--tag", image, "image"]).ends(0)
      defer { _ = try? app.project.docker(["image", "rm", "--force", image]) }
      try app.project.docker(["push", "--quiet", image]).ends(0)
      let used = try Stack.shell(host, "df --block-size=1M --output=used /var/lib/docker | tail -1")
      let size = (Int(used.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) + 40
      try Stack.script("disk", host, "\(size)m").ends(0)
      defer { _ = try? Stack.script("disk", host, "4g") }
      try app.edit("image: \(Stack.web(1))", "image: \(image)")
      let failed = try app.deploy()
      #expect(failed.status == 2 || failed.status == 10, "\(failed)")
      failed.says(host, "MB")
      #expect(!failed.err.contains("no space left on device"), "\(failed)")
      #expect(try app.containers(host) == before)
      try Stack.script("disk", host, "4g").ends(0)
    }
  }
}
