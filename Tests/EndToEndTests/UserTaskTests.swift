// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Tasks of the project file before an image, with the image on the real engine.

import Testing

struct UserTaskTests {
  private static let tasks = """
    tasks:
      assets:
        run: "mkdir -p app/dist && cat src/*.txt > app/dist/all.txt"
        inputs: ["src/*.txt"]
        outputs: ["app/dist/**"]
    services:
      app: { needs: [assets] }

    """

  private static func project() throws -> Sandbox {
    let project = try Sandbox.tiny(project: tasks)
    try project.write("src/one.txt", "one of $NAME\n")
    try project.write("app/Dockerfile", "FROM busybox:1.35\nCOPY dist/ /dist/\n")
    return project
  }

  @Test func `an output that was deleted comes back from the cache, the image stays`() throws {
    let project = try Self.project()
    try project.stagecraft("build").ends(0)
    let id = try project.inspect("\(project.name)-app")
    let text = try project.read("app/dist/all.txt")
    try project.delete("app/dist")
    let report = try project.report("build")
    #expect(report.ended.status == 0)
    #expect(report.executed == [], "\(report.ended)")
    #expect(report["assets"]?.status == "hit")
    #expect(try project.read("app/dist/all.txt") == text)
    #expect(try project.inspect("\(project.name)-app") == id)
    // By hand edited output is made again, too.
    try project.write("app/dist/all.txt", "vandal\n")
    try project.stagecraft("build").ends(0)
    #expect(try project.read("app/dist/all.txt") == text)
    #expect(try project.inspect("\(project.name)-app") == id)
  }

  @Test func `an edit of an input goes through the task into the image`() throws {
    let project = try Self.project()
    try project.stagecraft("build").ends(0)
    try project.write("src/two.txt", "two\n")
    let report = try project.report("build")
    #expect(
      report.executed == ["assets", "image/app/build", "image/app/context"], "\(report.ended)")
    #expect(
      try project.content(of: "/dist/all.txt", in: "\(project.name)-app").hasSuffix("two\n"))
    let why = try project.stagecraft("why", "image/app/build").ends(0).out
    #expect(why.contains("app/dist/all.txt"), "\(why)")
  }

  @Test func `a change that leaves the output as it was stops there`() throws {
    let project = try Self.project()
    try project.stagecraft("build").ends(0)
    try project.write("src/zero.txt", "")
    let report = try project.report("build")
    #expect(report.executed == ["assets"], "\(report.ended)")
  }

  @Test func `tasks run without images, without an engine and without Compose`() throws {
    let project = try Self.project()
    try project.delete("docker-compose.yml")
    let dead = ["DOCKER_HOST": "unix:///nonexistent/docker.sock"]
    let first = try project.report("run", "assets", adding: dead)
    #expect(first.executed == ["assets"], "\(first.ended)")
    #expect(try project.report("run", "assets", adding: dead).executed == [])
    try project.stagecraft("run", "asets").ends(1).says("did you mean `assets`?")
  }
}
