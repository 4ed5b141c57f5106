// SPDX-License-Identifier: AGPL-3.0-or-later
//
// An engine that only the `docker` program knows how to reach: a Docker context with a name.

import Testing

struct DockerContextTests {
  @Test func `a context with a name works as the default one does`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    let variables = ["DOCKER_CONFIG": project.directory + "/docker"]
    try project.run(
      ["docker", "context", "create", "elsewhere", "--docker", "host=unix://\(Sandbox.socket)"],
      adding: variables
    ).ends(0)
    try project.run(["docker", "context", "use", "elsewhere"], adding: variables).ends(0)
    let first = try project.report("build", adding: variables)
    first.ended.ends(0)
    #expect(first.executed.contains("image/app/build"))
    let again = try project.report("build", adding: variables)
    #expect(again.executed == [], "\(again.ended)")
    let id = try #require(try project.inspect("\(project.name)-app"))
    try project.docker(["rmi", "--force", id]).ends(0)
    let lost = try project.report("build", adding: variables)
    #expect(lost.executed == ["image/app/build"], "\(lost.ended)")
    // The same images through the socket: nothing is to be done.
    #expect(try project.report("build").executed == [])
  }

  @Test func `a context that is named by a variable is used`() throws {
    let project = try Sandbox.tiny()
    try project.run(
      ["docker", "context", "create", "dead", "--docker", "host=unix:///nonexistent/docker.sock"]
    ).ends(0)
    try project.stagecraft("build", adding: ["DOCKER_CONTEXT": "dead"]).ends(2)
      .says("no Docker engine answers", "hint")
    try project.stagecraft("build").ends(0)
  }
}
