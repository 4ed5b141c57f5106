// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What runs after an edit, and what `why` says of it.

import Testing

struct ChangeTests {
  private static let dead = ["DOCKER_HOST": "unix:///nonexistent/docker.sock"]

  @Test func `an edited file runs its own service and nothing else, and why names it`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    try project.stagecraft("build").ends(0)
    let other = try project.inspect("\(project.name)-other")
    try project.write("app/text.txt", "edited in $NAME\n")

    for variables in [[:], Self.dead] {
      let before = try project.stagecraft("why", "image/app/build", adding: variables).ends(0).out
      #expect(before.contains("`image/app/build` would run"), "\(before)")
      #expect(before.contains("file  app/text.txt"), "\(before)")
    }
    let report = try project.report("build")
    #expect(report.executed == ["image/app/build", "image/app/context"], "\(report.ended)")
    #expect(report["image/app/context"]?.reason == "file `app/text.txt` changed")
    #expect(try project.content(of: "/text.txt", in: "\(project.name)-app").hasPrefix("edited"))
    #expect(try project.inspect("\(project.name)-other") == other)

    for variables in [[:], Self.dead] {
      let why = try project.stagecraft("why", "image/app/build", adding: variables).ends(0).out
      #expect(why.contains("`image/app/build` ran in run-"), "\(why)")
      let line = why.split(separator: "\n").first { $0.contains("file  app/text.txt") } ?? ""
      let digests = line.split(separator: "`").filter { $0.hasPrefix("644 ") }
      #expect(Set(digests).count == 2, "\(why)")
      #expect(digests.allSatisfy { $0.count == "644 ".count + 12 }, "\(why)")
    }
    let untouched = try project.stagecraft("why", "image/other/build").ends(0).out
    #expect(!untouched.contains("app/text.txt"), "\(untouched)")
  }

  @Test func `comments and what the ignore file leaves out run nothing`() throws {
    let project = try Sandbox.tiny()
    try project.write("app/notes.md", "one\n")
    try project.stagecraft("build").ends(0)
    try project.edit("docker-compose.yml") { "# a comment\n" + $0 + "\n# the end\n" }
    try project.edit("stagecraft.yml") { "# a comment\n" + $0 }
    try project.write("app/notes.md", "one \n")
    let report = try project.report("build")
    #expect(report.ended.status == 0)
    #expect(report.executed.filter { $0.hasPrefix("image/") } == [], "\(report.ended)")
    try project.stagecraft("build").ends(0).says("nothing to do")
  }

  @Test func `a new file, a deleted one and a mode are changes`() throws {
    let project = try Sandbox.tiny()
    try project.write("app/Dockerfile", "FROM busybox:1.35\nCOPY . /app/\n")
    try project.stagecraft("build").ends(0)
    let both = ["image/app/build", "image/app/context"]
    try project.write("app/new.sh", "true\n")
    #expect(try project.report("build").executed == both)
    try project.write("app/new.sh", "true\n", mode: 0o755)
    #expect(try project.report("build").executed == both)
    try project.write("app/text.txt", "new text of $NAME\n")
    try project.delete("app/new.sh")
    let last = try project.report("build")
    #expect(last.executed == both)
    let why = try project.stagecraft("why", "image/app/context").ends(0).out
    #expect(why.contains("app/new.sh") && why.contains("(none)"), "\(why)")
    #expect(try project.report("build").executed == [])
  }

  @Test func `planning and asking why do not hide a change from the run`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build").ends(0)
    try project.write("app/text.txt", "other text of $NAME\n")
    for _ in 1...2 {
      try project.stagecraft("plan").ends(0)
      try project.stagecraft("why", "image/app/build").ends(0)
      try project.stagecraft("build", "--dry-run").ends(0)
    }
    #expect(try project.report("build").executed.contains("image/app/build"))
  }

  @Test func `force builds what it names, also from another base image`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    let base = "\(project.name)-base:1"
    try project.docker(["tag", "busybox:1.35", base]).ends(0)
    try project.write("app/Dockerfile", "FROM \(base)\nCOPY text.txt /text.txt\n")
    try project.stagecraft("build", "--version", "1").ends(0)
    let before = try project.inspect("\(project.name)-app")
    try project.docker(["tag", "redis:7-bookworm", base]).ends(0)
    let report = try project.report("build", "--version", "2", "--force", "image/app/*")
    #expect(
      report.executed == ["image/app/build", "image/app/context", "image/other/build"],
      "\(report.ended)")
    let after = try project.inspect("\(project.name)-app")
    #expect(after != before)
    #expect(try project.inspect("\(project.name)-app:2") == after)
    // Both images have one content key now; the newer one keeps its names.
    try project.stagecraft("build", "--version", "2").ends(0)
    #expect(try project.report("build", "--version", "2").executed == [])
    #expect(try project.inspect("\(project.name)-app") == after)
    #expect(try project.inspect("\(project.name)-app:1") == before)
    try project.stagecraft("build", "--force", "image/ap/*").ends(0).says("warning", "`--force`")
  }
}
