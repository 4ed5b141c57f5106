// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Services that are not alone: that live in the container of another, are restarted with another, run
// its image, end by themselves, or cannot be twice. Each on the engine of this machine.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.engine), .serialized) struct Kinds {
    private static let sleeping = "image: busybox:1.35, init: true, command: [sleep, \"3600\"]"

    /// Expects that each guest lives in the container that `vpn` has now.
    private func expectTogether(
      _ app: LocalDeployment, at location: SourceLocation = #_sourceLocation
    ) throws {
      let home = try app.inspect("vpn", "{{.Id}} {{.State.Status}}")
      #expect(home.count == 1 && home[0].hasSuffix(" running"), "\(home)", sourceLocation: location)
      let id = home[0].prefix { $0 != " " }
      let wanted = "container:\(id) running"
      #expect(
        try app.inspect("net", "{{.HostConfig.NetworkMode}} {{.State.Status}}") == [wanted],
        sourceLocation: location)
      #expect(
        try app.inspect("proc", "{{.HostConfig.PidMode}} {{.State.Status}}") == [wanted],
        sourceLocation: location)
      let volumes = try app.inspect("vols", "{{json .HostConfig.VolumesFrom}}")
      #expect(
        volumes.count == 1 && volumes[0].hasPrefix("[\"\(id)"), "\(volumes)",
        sourceLocation: location)
    }

    @Test func `who lives in a container is replaced with it, in every way that it may go`() throws
    {
      let app = try LocalDeployment(
        """
        services:
          vpn: {\(Self.sleeping), environment: {V: one}, volumes: [/kept]}
          net: {\(Self.sleeping), network_mode: "service:vpn"}
          proc: {\(Self.sleeping), pid: "service:vpn"}
          vols: {\(Self.sleeping), volumes_from: ["vpn:ro"]}
        """)
      try app.deploy().ended.ends(0)
      try expectTogether(app)
      #expect(try app.deploy().executed == [])

      // Another release of the home.
      try app.project.edit("compose.yaml") { $0.replacing("V: one", with: "V: two") }
      let plan = try app.plan()
      #expect(plan.out.contains("shares the network of `vpn`, which is replaced"), "\(plan)")
      let changed = try app.deploy()
      changed.ended.ends(0)
      for name in ["vpn", "net", "proc", "vols"] {
        #expect(changed.executed.contains { $0.hasPrefix("host/local/rollout/\(name)/") })
      }
      try expectTogether(app)
      #expect(try app.deploy().executed == [])

      // Only the home is named: those who live in it go along.
      try app.project.edit("compose.yaml") { $0.replacing("V: two", with: "V: three") }
      try app.deploy("--services", "vpn").ended.ends(0).says("is deployed with it")
      try expectTogether(app)

      // Somebody takes the home away, or starts it again.
      let homes = try app.inspect("vpn", "{{.Id}}")
      try app.project.docker(["rm", "--force"] + homes).ends(0)
      try app.deploy().ended.ends(0)
      try expectTogether(app)
      try app.project.docker(["restart", "--time", "1"] + app.inspect("vpn", "{{.Id}}")).ends(0)
      let cutOff = try app.plan()
      #expect(cutOff.out.contains("shares the network of `vpn` as it was before"), "\(cutOff)")
      try app.deploy().ended.ends(0)
      try expectTogether(app)
      #expect(
        try app.project.docker(
          ["exec"] + app.inspect("net", "{{.Id}}") + ["ip", "-o", "-4", "addr"]
        ).out.contains("eth0"))

      // And back.
      try app.project.stagecraft("rollback", "--env", "dev", "--to-previous", "--yes").ends(0)
      try expectTogether(app)
    }

    @Test func `a dependent that asks for it is restarted with what it needs`() throws {
      let app = try LocalDeployment(
        """
        services:
          db: {\(Self.sleeping), environment: {V: one}}
          web:
            {\(Self.sleeping), depends_on: {db: {condition: service_started, restart: true}}}
          calm: {\(Self.sleeping), depends_on: [db]}
        """, settings: "services: {web: {replicas: 2}}\n")
      try app.deploy().ended.ends(0)
      let before = try app.inspect("web", "{{.Id}} {{.State.StartedAt}}").sorted()
      let calm = try app.inspect("calm", "{{.Id}} {{.State.StartedAt}}")
      #expect(try app.deploy().executed == [])
      try app.project.edit("compose.yaml") { $0.replacing("V: one", with: "V: two") }
      let changed = try app.deploy()
      changed.ended.ends(0)
      #expect(changed.executed.contains("host/local/rollout/web/restart"))
      let after = try app.inspect("web", "{{.Id}} {{.State.StartedAt}}").sorted()
      #expect(after.map { $0.prefix(64) } == before.map { $0.prefix(64) })
      #expect(zip(before, after).allSatisfy { $0 != $1 }, "\(before) \(after)")
      #expect(try app.inspect("calm", "{{.Id}} {{.State.StartedAt}}") == calm)
      #expect(try app.deploy().executed == [])
    }

    @Test func `an image that one service builds is that of all who name it`() throws {
      let app = try LocalDeployment(
        """
        services:
          maker: {build: ., image: "$NAME-shared:1", profiles: [build]}
          web: {image: "$NAME-shared:1", init: true, command: [sleep, "3600"]}
          worker: {image: "$NAME-shared:1", init: true, command: [sleep, "3600"]}
        """, files: ["Dockerfile": "FROM busybox:1.35\nCOPY v /v\n", "v": "one\n"])
      func versions() throws -> [String] {
        try ["web", "worker"].map { name in
          try app.project.docker(["exec"] + app.inspect(name, "{{.Id}}") + ["cat", "/v"]).out
        }
      }
      try app.deploy().ended.ends(0)
      #expect(try versions() == ["one\n", "one\n"])
      try app.project.write("v", "two\n")
      let plan = try app.plan()
      for name in ["web", "worker"] {
        #expect(plan.out.contains("host/local/rollout/\(name)/start"), "\(plan)")
      }
      try app.deploy().ended.ends(0)
      #expect(try versions() == ["two\n", "two\n"])
      #expect(try app.deploy().executed == [])
    }

    @Test func `what ends by itself is done, what was stopped is started again`() throws {
      let app = try LocalDeployment(
        """
        services:
          seed: {image: "busybox:1.35", command: [echo, one]}
          slow: {image: "busybox:1.35", command: [sleep, "5"], restart: "no"}
          web: {image: "busybox:1.35", command: [sh, -c, "trap 'exit 0' TERM; sleep 600 & wait"]}
        """)
      try app.deploy().ended.ends(0)
      let isOver = try eventually {
        try app.inspect("slow", "{{.State.Status}}") == ["exited"]
      }
      #expect(isOver)
      #expect(try app.deploy().executed == [])
      try app.project.edit("compose.yaml") { $0.replacing("[echo, one]", with: "[echo, two]") }
      try app.deploy().ended.ends(0)
      #expect(try app.deploy().executed == [])
      // One that ran on and was stopped with status 0 has not done its work.
      let isOld = try eventually {
        try app.project.docker(["logs"] + app.inspect("web", "{{.Id}}")).status == 0
          && app.inspect("slow", "{{.State.Status}}") == ["exited"]
      }
      #expect(isOld)
      try app.project.docker(["stop"] + app.inspect("web", "{{.Id}}")).ends(0)
      #expect(try app.deploy().executed.contains("host/local/rollout/web/start"))
      // And a new one that ends where an old one runs is a fault; the old one stays.
      let running = try app.inspect("web", "{{.Id}}")
      try app.project.edit("compose.yaml") {
        $0.replacing("trap 'exit 0' TERM; sleep 600 & wait", with: "exit 0")
      }
      let failed = try app.deploy()
      failed.ended.ends(2)
      #expect(
        failed["host/local/rollout/web/healthy"]?.error?.message.contains("ended with status 0")
          == true)
      #expect(try app.inspect("web", "{{.Id}}") == running)
    }

    @Test func `what is not there is told before anything is stopped`() throws {
      let app = try LocalDeployment(
        "services:\n  db: {\(Self.sleeping), volumes: [\"store:/d\"]}\nvolumes: {store: }\n")
      try app.deploy().ended.ends(0)
      let before = try app.inspect("db", "{{.Id}} {{.State.StartedAt}}")
      try app.project.write(
        "compose.yaml",
        "services:\n  db: {\(Self.sleeping), volumes: [\"store:/d\"], networks: [edge]}\n"
          + "volumes: {store: }\nnetworks: {edge: {external: true, name: $NAME-edge}}\n")
      let words = [
        "service `db` needs the external network `\(app.project.name)-edge`, which `local` does not "
          + "have"
      ]
      try app.plan().ends(2).says("this would be refused: \(words[0])")
      let refused = try app.deploy()
      refused.ended.ends(2)
      #expect(refused["host/local/upload"]?.error?.message == words[0])
      #expect(try app.inspect("db", "{{.Id}} {{.State.StartedAt}}") == before)
      try app.project.docker(["network", "create", "\(app.project.name)-edge"]).ends(0)
      defer { _ = try? app.project.docker(["network", "rm", "\(app.project.name)-edge"]) }
      try app.deploy().ended.ends(0)
      try app.project.docker(["rm", "--force"] + app.inspect("db", "{{.Id}}")).ends(0)
    }

    @Test func `a fixed address and a folder of the project have one container at a time`() throws {
      let app = try LocalDeployment(
        """
        services:
          web: {\(Self.sleeping), environment: {V: one}, networks: {lan: {ipv4_address: 10.93.204.10}}}
          keeper: {\(Self.sleeping), environment: {V: one}, volumes: ["./data:/data"]}
          reader: {\(Self.sleeping), environment: {V: one}, volumes: ["./data:/data:ro", "./one.conf:/c"]}
        networks: {lan: {ipam: {config: [{subnet: 10.93.204.0/24}]}}}
        """, files: ["data/seed": "x\n", "one.conf": "y\n"])
      try app.deploy().ended.ends(0)
      try app.project.edit("compose.yaml") { $0.replacing("V: one", with: "V: two") }
      let changed = try app.deploy()
      changed.ended.ends(0)
      for step in ["web/replace", "keeper/replace", "reader/start"] {
        #expect(changed.executed.contains("host/local/rollout/\(step)"), "\(changed.executed)")
      }
      try app.project.write(
        "stagecraft.yml",
        "project: {name: $NAME}\nenvironments: {dev: {driver: local}}\n"
          + "services:\n  web: {replicas: 2}\n")
      for words in [["plan", "deploy"], ["deploy", "--yes"]] {
        let ended = try app.project.run([Sandbox.program] + words + ["--env", "dev"])
        ended.ends(1).says(
          "stagecraft.yml:4:3",
          "service `web` is to run 2 times, but has the fixed address `10.93.204.10`")
      }
    }
  }
}
