// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The main job on the example of several services: build, build again, plan.

import Foundation
import Testing

struct BuildTests {
  @Test func `the shop is built, runs, and is not built again`() throws {
    let shop = try Sandbox(example: "shop")
    let commit = try shop.commit()
    let first = try shop.report("build")
    first.ended.ends(0)
    #expect(first.status == "ok")
    #expect(
      first.executed.filter { $0.hasSuffix("/build") }
        == ["image/api/build", "image/web/build", "image/worker/build"])
    for service in ["api", "web", "worker"] {
      let id = try shop.inspect("\(shop.name)-\(service):latest")
      #expect(id != nil)
      #expect(try shop.inspect("\(shop.name)-\(service):\(commit)") == id)
      let label = "{{index .Config.Labels \"dev.stagecraft.service\"}}"
      #expect(try shop.inspect("\(shop.name)-\(service)", label) == service)
      let key = "{{index .Config.Labels \"dev.stagecraft.content-key\"}}"
      #expect(try shop.inspect("\(shop.name)-\(service)", key)?.count == 64)
    }
    let page = try shop.content(of: "/www/index.html", in: "\(shop.name)-web")
    #expect(page.contains("<title>Shop</title>"))
    let catalogue = try shop.content(of: "/app/catalogue.json", in: "\(shop.name)-api:\(commit)")
    #expect(catalogue.contains("Desk lamp"))

    let proxy = try RecordingProxy(
      at: .socket(shop.directory + "/engine"), to: .socket(Sandbox.socket))
    let host = ["DOCKER_HOST": "unix://\(shop.directory)/engine"]
    let again = try shop.report("build", adding: host)
    #expect(again.ended.status == 0, "\(again.ended)")
    #expect(again.executed.isEmpty, "\(again.ended)")
    let asked = proxy.takeRequests()
    #expect(asked.count == 1, "\(asked)")
    #expect(asked.allSatisfy { $0.hasPrefix("GET /images/json") })

    // Once more without JSON: the path on which one file proves that nothing is to do.
    for _ in 1...2 {
      let quiet = try shop.stagecraft("build", adding: host).ends(0).says("nothing to do")
      #expect(!quiet.err.contains("running"), "\(quiet)")
      let asked = proxy.takeRequests()
      #expect(asked.count == 1, "\(asked)")
    }

    try shop.stagecraft("plan", adding: host).ends(0)
    try shop.stagecraft("plan", "--graph", "--format", "json", adding: host).ends(0)
    try shop.stagecraft("build", "--dry-run", adding: host).ends(0)
    #expect(proxy.takeRequests() == [])
  }

  @Test func `a plan needs no engine, before the first build and after it`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    let dead = ["DOCKER_HOST": "unix:///nonexistent/docker.sock"]
    let before = try project.stagecraft("plan", "--format", "json", adding: dead).ends(0)
    #expect(!project.has(".stagecraft"))
    let build = try project.report("build")
    build.ended.ends(0)
    let plan = try Plan(before)
    #expect(plan.tasks.map(\.id) == build.entries.map(\.id))
    let after = try Plan(project.stagecraft("plan", "--format", "json", adding: dead).ends(0))
    #expect(
      after.tasks.filter { $0.class != "observe" }.allSatisfy { $0.status == "hit" },
      "\(after.tasks)")
  }

  @Test func `only the services that are named are built`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    try project.stagecraft("build", "app").ends(0)
    #expect(try project.inspect("\(project.name)-app") != nil)
    #expect(try project.inspect("\(project.name)-other") == nil)
    let wrong = try project.stagecraft("build", "ap").ends(1).says("`ap`", "did you mean `app`?")
    #expect(wrong.out.isEmpty)
  }

  @Test func `a version of one's own becomes the tag, and no commit is called unknown`() throws {
    let project = try Sandbox.tiny()
    try project.run(["git", "init", "--quiet"])
    try project.stagecraft("build").ends(0)
    let id = try project.inspect("\(project.name)-app:unknown")
    #expect(id != nil)
    #expect(try project.inspect("\(project.name)-app:latest") == id)
    try project.stagecraft("build", "--version", "1.2.3").ends(0)
    #expect(try project.inspect("\(project.name)-app:1.2.3") == id)
    for wrong in ["", "a b", "-x", ".x", "ü"] {
      try project.stagecraft("build", "--version=\(wrong)").ends(1).says("--version")
    }
  }

  @Test func `a project whose whole folder is the context is up to date after one build`() throws {
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project(),
      "docker-compose.yml":
        "services:\n  one: { build: . }\n  two: { build: { context: ., dockerfile: Two } }\n",
      "Dockerfile": "FROM busybox:1.35\nCOPY . /one/\n", "text.txt": "$NAME\n",
      "Two": "FROM busybox:1.35\nCOPY . /two/\n",
    ])
    try project.stagecraft("build").ends(0)
    let again = try project.report("build")
    #expect(again.executed == [], "\(again.ended)")
    let files = try project.docker(
      ["run", "--rm", "--network", "none", "\(project.name)-one", "ls", "-A", "/one"]
    ).ends(0).out
    #expect(
      files.split(separator: "\n").sorted() == [
        "Dockerfile", "Two", "docker-compose.yml", "stagecraft.yml", "text.txt",
      ])
  }

  @Test func `a build works from any folder below the project`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build", in: "app").ends(0)
    try project.stagecraft("build").ends(0).says("nothing to do")
    #expect(!project.has("app/.stagecraft"))
  }
}
