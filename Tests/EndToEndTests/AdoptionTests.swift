// SPDX-License-Identifier: AGPL-3.0-or-later
//
// An application that plain Compose runs already, or that was deployed under another name: its data is
// never left behind without a word, and is taken over where somebody says so. On the real engine.

import Foundation
import Testing

struct AdoptionTests {
  /// `web`, whose volume is `data`, and another service.
  private static func compose(other: String) -> String {
    """
    services:
      web:
        image: busybox:1.35
        init: true
        command: [sh, -c, "exec sleep 1000"]
        volumes: [data:/data]
        stop_grace_period: 1s
      \(other): { image: "busybox:1.35", init: true, command: [sleep, "1000"], stop_grace_period: 1s }
    volumes: {data: }

    """
  }

  /// The project as it lies in its folder, and what Compose calls it there.
  private final class Place {
    let app: LocalDeployment
    private(set) var projects: [String]

    init(runningAs projects: String...) throws {
      // Of this test alone: those at work beside it have services too.
      let other = "other-\(UInt32.random(in: .min ... .max))"
      app = try LocalDeployment(AdoptionTests.compose(other: other))
      self.projects = projects.map { [app] in "\(app.project.name)\($0)" }
      for project in self.projects {
        try compose(project, "up", "--detach", "--quiet-pull").ends(0)
        try compose(project, "exec", "-T", "web", "sh", "-c", "echo \(project) >/data/owner").ends(
          0)
      }
    }

    deinit {
      for project in projects { _ = try? compose(project, "down", "--volumes", "--timeout", "0") }
    }

    func compose(_ project: String, _ words: String...) throws -> Ended {
      try app.project.docker(["compose", "--project-name", project] + words)
    }

    func deploy(_ words: String..., plain name: String? = nil) throws -> Ended {
      try app.project.run(
        [Sandbox.program, "deploy", "--env", "dev", "--yes"] + words,
        adding: name.map { ["COMPOSE_PROJECT_NAME": $0] } ?? [:])
    }

    /// Writes a key of the environment.
    func set(_ key: String, _ value: String) throws {
      try app.project.edit("stagecraft.yml") {
        $0.replacing(#/, compose_project: [^}]*/#, with: "")
          .replacing("driver: local", with: "driver: local, \(key): \(value)")
      }
      projects.append(value)
    }

    /// What is in the volume of `web`, where that runs.
    func owner(in project: String) throws -> String {
      try compose(project, "exec", "-T", "web", "cat", "/data/owner").ends(0).out
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func containers(_ project: String) throws -> [String] {
      try app.project.docker([
        "ps", "--all", "--format", "{{.Names}}", "--filter",
        "label=com.docker.compose.project=\(project)",
      ]).out.split(separator: "\n").map(String.init).sorted()
    }
  }

  @Test(arguments: [true, false])
  func `what Compose left is named, and taken over where somebody says so`(isRunning: Bool) throws {
    let place = try Place(runningAs: "x")
    let old = place.projects[0]
    if !isRunning { try place.compose(old, "down", "--timeout", "0").ends(0) }
    let text = "`\(old)_data` of the Compose project `\(old)` is there"
    let refused = try place.deploy(plain: old)
    refused.ends(1).says(text, "`compose_project: \(old)` into `environments.dev`", "--new-volumes")
    #expect(try place.containers(place.app.composeProject) == [])
    let plan = try place.app.project.run(
      [Sandbox.program, "plan", "deploy", "--env", "dev", "--refresh"],
      adding: ["COMPOSE_PROJECT_NAME": old])
    plan.ends(2).says(text, "`compose_project: \(old)` into `environments.dev`")

    // A first project file says so by itself.
    let fresh = try Sandbox(["compose.yaml": try place.app.project.read("compose.yaml")])
    try fresh.run([Sandbox.program, "init", "--yes"], adding: ["COMPOSE_PROJECT_NAME": old]).ends(0)
      .says(old)
    #expect(try fresh.read("stagecraft.yml").contains("    compose_project: \(old)\n"))

    try place.set("compose_project", old)
    try place.deploy().ends(0)
    #expect(try place.owner(in: old) == old)
    #expect(try place.containers(old).count == 2)
    #expect(try place.deploy().ends(0).err.contains("nothing to do"))
  }

  @Test func `a new name does not begin with nothing`() throws {
    let place = try Place()
    let old = place.app.composeProject
    try place.deploy().ends(0)
    try place.compose(old, "exec", "-T", "web", "sh", "-c", "echo kept >/data/owner").ends(0)
    let name = place.app.project.name
    try place.app.project.edit("stagecraft.yml") {
      $0.replacing("name: \(name)", with: "name: \(name)-new")
    }
    try place.deploy().ends(1).says("`\(old)_data` of the Compose project `\(old)` is there")
    try place.set("compose_project", old)
    try place.app.project.edit("compose.yaml") { $0.replacing("sleep 1000", with: "sleep 1001") }
    try place.deploy().ends(1).says("is run by the project `\(name)` for `dev`", "--adopt")
    try place.deploy("--adopt").ends(0)
    #expect(try place.owner(in: old) == "kept")
    #expect(try place.containers(old).count == 2)
    // And back to another one, which would run beside it.
    try place.set("compose_project", name + "-third")
    try place.deploy().ends(1).says("runs this application as `\(old)`, and it would run twice")
    // Somebody who means it may have it.
    try place.deploy("--new-volumes").ends(0)
    try place.deploy().ends(0).says("nothing to do")
  }

  @Test func `others with a volume of that name are nothing to it`() throws {
    // Other services, and another environment of the same project.
    let place = try Place()
    let name = place.app.project.name
    let other = try LocalDeployment(Self.compose(other: "third"))
    try other.deploy().ended.ends(0)
    try place.app.project.edit("stagecraft.yml") {
      $0.replacing(
        "environments: {",
        with: "environments: {test: {driver: local, compose_project: \(name)-t}, ")
    }
    try place.deploy().ends(0)
    let second = try place.app.project.run([
      Sandbox.program, "deploy", "--env", "test", "--yes",
    ])
    defer { _ = try? place.compose("\(name)-t", "down", "--volumes", "--timeout", "0") }
    second.ends(0)
  }
}
