// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What goes wrong in a build, how it is told, and what else still happens.

import Testing

struct FailureTests {
  private static func broken() throws -> Sandbox {
    let project = try Sandbox.tiny(["bad", "good"])
    try project.write(
      "bad/Dockerfile", "FROM busybox:1.35\nRUN echo canary-of-the-log && exit 7\n")
    return project
  }

  @Test func `a failing step shows its log and its command, and ends with 2`() throws {
    let project = try Self.broken()
    let ended = try project.stagecraft("build", "bad").ends(2)
    ended.says(
      "✗ image/bad/build failed", "docker buildx build", "canary-of-the-log", "exit code: 7")
    #expect(ended.out.isEmpty)
    let report = try project.report("build", "bad")
    report.ended.ends(2)
    #expect(report.status == "failed")
    #expect(report["image/bad/build"]?.error?.code == "exited")
    #expect(report["image/bad/build"]?.error?.log.contains { $0.contains("canary") } == true)
    // A failure is no result: corrected, it runs.
    try project.write("bad/Dockerfile", "FROM busybox:1.35\nRUN true\n")
    try project.stagecraft("build", "bad").ends(0)
  }

  @Test func `keep-going builds what does not depend on the failure`() throws {
    let project = try Self.broken()
    let report = try project.report("build", "--keep-going")
    report.ended.ends(2)
    #expect(report["image/bad/build"]?.status == "failed")
    #expect(report["image/good/build"]?.status == "executed", "\(report.ended)")
    #expect(try project.inspect("\(project.name)-good") != nil)
    let next = try project.report("build", "--keep-going")
    next.ended.ends(2)
    #expect(next["image/good/build"]?.status == "hit", "\(next.ended)")
  }

  @Test func `without keep-going nothing starts after a failure`() throws {
    let project = try Sandbox.tiny(
      ["good"],
      project: """
        tasks:
          breaks: { run: "echo canary-of-the-task; exit 3" }
          after: { run: "touch ran", needs: [breaks] }
        services:
          good: { needs: [after] }

        """)
    let report = try project.report("build")
    report.ended.ends(2).says("canary-of-the-task", "✗ breaks failed")
    #expect(report["after"]?.status == "skipped")
    #expect(report["image/good/build"]?.status == "skipped", "\(report.ended)")
    #expect(report["image/good/build"]?.because != nil)
    #expect(!project.has("ran"))
    #expect(try project.inspect("\(project.name)-good") == nil)
  }

  @Test func `a missing context and a missing Dockerfile are the user's to correct`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    try project.delete("app")
    try project.stagecraft("build", "app").ends(1).says("`app` is not there", "hint", "context")
    try project.delete("other/Dockerfile")
    try project.stagecraft("build", "other").ends(1)
      .says("`other/Dockerfile` is not there", "hint", "dockerfile")
    #expect(try project.inspect("\(project.name)-app") == nil)
  }

  @Test func `an engine that is away is told with a hint, and nothing is half done`() throws {
    let project = try Sandbox.tiny()
    for host in ["unix:///nonexistent/docker.sock", "tcp://127.0.0.1:1"] {
      let ended = try project.stagecraft("build", adding: ["DOCKER_HOST": host]).ends(2)
      ended.says("no Docker engine answers", "hint", "start the engine")
      #expect(ended.out.isEmpty)
    }
    try project.stagecraft("build").ends(0)
    let host = ["DOCKER_HOST": "unix:///nonexistent/docker.sock"]
    try project.stagecraft("build", adding: host).ends(2).says("no Docker engine answers")
    try project.stagecraft("build").ends(0).says("nothing to do")
  }

  @Test func `a Compose file that Compose refuses ends with 1 and Compose's words`() throws {
    let project = try Sandbox.tiny()
    try project.write("docker-compose.yml", "services:\n  app:\n    bild: .\n")
    try project.stagecraft("build").ends(1).says("bild")
    try project.stagecraft("plan").ends(1).says("bild")
    try project.write("docker-compose.yml", "services: [\n")
    try project.stagecraft("build").ends(1)
    try project.delete("docker-compose.yml")
    try project.stagecraft("build").ends(1).says("no compose file", "`compose`")
  }

  @Test func `faults of the project file come all at once with their places`() throws {
    let project = try Sandbox.tiny()
    try project.write(
      "stagecraft.yml",
      "project:\n  nam: x\nenvironments:\n  dev: { driver: local }\ntaks: {}\n")
    try project.stagecraft("build").ends(1)
      .says("stagecraft.yml:2:3", "did you mean `name`?", "stagecraft.yml:5:1", "`tasks`")
  }

  @Test func `no project, no such environment, no such flag`() throws {
    let empty = try Sandbox([:])
    try empty.stagecraft("build").ends(1).says("stagecraft.yml", "stagecraft init")
    let project = try Sandbox.tiny()
    try project.stagecraft("build", "--env", "prd").ends(1).says("`prd`", "`dev`")
    try project.stagecraft("build", "--frobnicate").ends(1).says("--frobnicate", "--help")
    try project.stagecraft("biuld").ends(1).says("did you mean `build`?")
    try project.stagecraft("build", "--push").ends(1).says("registry", "project.registry")
  }
}
