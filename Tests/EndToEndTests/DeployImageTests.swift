// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Images that a project names and does not build: a tag that moves changes nothing by itself, every
// host runs the same bytes, and a rollback brings the old ones back.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Images {
    /// Makes an image whose variable `VER` says which one it is; returns nothing but the image.
    private static func make(_ name: String, _ word: String, _ project: Sandbox) throws {
      try project.write("image/Dockerfile", "FROM \(Stack.web(1))\nENV VER=\(word)\n")
      try project.docker(["build", "--quiet", "--tag", name, "image"]).ends(0)
    }

    private static func push(_ name: String, _ word: String, _ project: Sandbox) throws {
      try make(name, word, project)
      try project.docker(["push", "--quiet", name]).ends(0)
    }

    /// Two services: the image of one is in the registry, that of the other in this engine alone.
    private static func app(
      _ hosts: [String]
    ) throws -> (app: Deployed, image: String, own: String) {
      let app = try Deployed(hosts, services: [("web", ["image: IMAGE"]), ("own", ["image: OWN"])])
      let image = "\(Stack.registry)/e2e/\(app.project.name):1"
      let own = "\(app.project.name)-own:1"
      try app.edit("IMAGE", image)
      try app.edit("OWN", own)
      return (app, image, own)
    }

    private static func back(_ app: Deployed, adding: [String: String] = [:]) throws -> Ended {
      try app.project.run(
        [Sandbox.program, "rollback", "--env", "prod", "--yes", "--to-version", "1"],
        adding: adding)
    }

    private func versions(_ app: Deployed, _ service: String) throws -> [String] {
      try app.hosts.map { try app.variable("VER", of: service, on: $0) }
    }

    @Test func `a moved tag changes nothing until somebody asks, and goes back with a rollback`()
      throws
    {
      let (app, image, own) = try Self.app(try Stack.own(2))
      defer { _ = try? app.project.docker(["image", "rm", "--force", image, own]) }
      try Self.push(image, "A", app.project)
      try Self.make(own, "A", app.project)
      try app.deploy("--version", "1").ends(0)
      #expect(try versions(app, "web") == ["A", "A"])
      // No registry has it: both hosts got the bytes of this machine's engine.
      #expect(try versions(app, "own") == ["A", "A"])

      try Self.push(image, "B", app.project)
      try Self.make(own, "B", app.project)
      let words = ["plan", "deploy", "--env", "prod", "--refresh"]
      let told = try app.project.run([Sandbox.program] + words + ["--check"]).ends(0)
      for text in ["image \(image)", "image \(own)", "is there; --update-images takes it"] {
        #expect(told.out.contains(text), "\(told)")
      }
      let seen = try app.hosts.map { try Stack.arrivals($0).commands }
      try app.deploy().ends(0).says("nothing to do")
      let after = try app.hosts.map { try Stack.arrivals($0).commands }
      #expect(zip(seen, after).allSatisfy { $1 - $0 == 1 }, "one round trip a host")
      // An unrelated change, of the service itself.
      try app.project.edit("docker-compose.yml") {
        $0.replacing("image: \(image)", with: "image: \(image)\n    environment: { X: '1' }")
      }
      try app.deploy("--version", "2").ends(0)
      #expect(try versions(app, "web") == ["A", "A"])

      let update = try app.deploy("--version", "3", "--update-images", "web")
      update.ends(0)
      #expect(try versions(app, "web") == ["B", "B"])
      #expect(try versions(app, "own") == ["A", "A"])
      try app.deploy("--version", "4", "--update-images").ends(0)
      #expect(try versions(app, "own") == ["B", "B"])
      let releases = try app.project.run([
        Sandbox.program, "releases", "list", "--env", "prod", "--format", "json",
      ]).ends(0)
      #expect(releases.out.contains("\(image)@sha256:"), "\(releases)")

      try Self.back(app).ends(0)
      #expect(try versions(app, "web") == ["A", "A"])
      #expect(try versions(app, "own") == ["A", "A"])
      // What was brought back stays.
      try app.deploy().ends(0)
      #expect(try versions(app, "web") == ["A", "A"])
    }

    @Test func `a host that joins later gets what the others run`() throws {
      let hosts = try Stack.own(2)
      let (app, image, own) = try Self.app(hosts)
      defer { _ = try? app.project.docker(["image", "rm", "--force", image, own]) }
      try Self.push(image, "A", app.project)
      try Self.make(own, "A", app.project)
      let both = try app.project.read("stagecraft.yml")
      try app.project.edit("stagecraft.yml") {
        $0.replacing("[\(hosts.joined(separator: ", "))]", with: "[\(hosts[0])]")
          .replacing("        \(hosts[1]): \(Stack.address(hosts[1]))\n", with: "")
      }
      try app.deploy().ends(0)
      try Self.push(image, "B", app.project)
      try app.project.write("stagecraft.yml", both)
      // This checkout knows nothing, and the other host is not deployed to.
      try app.project.delete(".stagecraft")
      try app.deploy("--hosts", hosts[1]).ends(0)
      #expect(try versions(app, "web") == ["A", "A"])
      #expect(try versions(app, "own") == ["A", "A"])
    }

    @Test func `what was deployed by name is taken over without being replaced`() throws {
      let (app, image, own) = try Self.app(try Stack.own(2))
      defer { _ = try? app.project.docker(["image", "rm", "--force", image, own]) }
      try Self.push(image, "A", app.project)
      try Self.make(own, "A", app.project)
      // As releases were before digests were kept.
      try app.project.edit("stagecraft.yml") { "images: off\n" + $0 }
      let ship = "docker save \(own) | ssh -F \(Stack.sshConfiguration)"
      for host in app.hosts {
        try app.project.run(["sh", "-c", "\(ship) \(host) docker load"]).ends(0)
      }
      try app.deploy("--version", "1").ends(0)
      let before = try app.everywhere().mapValues { $0.map(\.id) }
      try app.project.edit("stagecraft.yml") { $0.replacing("images: off\n", with: "") }
      try Self.push(image, "B", app.project)
      try Self.make(own, "B", app.project)
      try app.deploy("--version", "2").ends(0)
      #expect(try app.everywhere().mapValues { $0.map(\.id) } == before)
      try app.deploy().ends(0).says("nothing to do")
      try app.edit("image: \(own)", "image: \(own)\n    environment: { X: '1' }")
      try app.deploy("--version", "3").ends(0)
      #expect(try versions(app, "own") == ["A", "A"])
      try Self.back(app).ends(0).says("`\(image)`", "is by tag")
    }

    @Test func `a registry that is away stops only who needs it`() throws {
      let (app, image, own) = try Self.app(try Stack.own(2))
      defer { _ = try? app.project.docker(["image", "rm", "--force", image, own]) }
      try Self.push(image, "A", app.project)
      try Self.make(own, "A", app.project)
      try app.deploy("--version", "1").ends(0)
      // The registry of a name that this machine cannot ask.
      let nobody = "127.0.0.1:9/nothing:1"
      try app.project.edit("docker-compose.yml") { $0 + "  more:\n    image: \(nobody)\n" }
      try app.project.edit("stagecraft.yml") {
        $0.replacing("  own: { role: all }", with: "  own: { role: all }\n  more: { role: all }")
      }
      try app.deploy("--version", "2").ends(2).says("registry `127.0.0.1:9`", "does not answer")
      try app.edit("  more:\n    image: \(nobody)\n", "")
      try app.project.edit("stagecraft.yml") { $0.replacing("\n  more: { role: all }", with: "") }
      try app.edit("image: \(image)", "image: \(image)\n    environment: { X: '1' }")
      let deaf = [
        "DOCKER_HOST": "unix:///nowhere.sock", "PATH": try Self.withoutBuildx(app.project),
      ]
      try app.deploy("--version", "3", adding: deaf).ends(0)
      let asks = try app.deploy("--update-images", "web", adding: deaf)
      asks.ends(2).says("registry `\(Stack.registry)` does not say")
      try Self.back(app, adding: deaf).ends(0)
      #expect(try versions(app, "web") == ["A", "A"])
    }

    /// A PATH whose `docker` knows no buildx: nobody here can ask a registry.
    private static func withoutBuildx(_ project: Sandbox) throws -> String {
      try project.write(
        "bin/docker",
        """
        #!/bin/sh
        if [ "$1" = buildx ]; then echo 'unknown command' >&2; exit 1; fi
        PATH=${PATH#*:} exec docker "$@"
        """, mode: 0o755)
      return project.root + "/bin:" + (project.environment()["PATH"] ?? "")
    }
  }
}
