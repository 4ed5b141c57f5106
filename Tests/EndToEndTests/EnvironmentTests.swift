// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the values of variables in the Compose file come from.

import Testing

struct EnvironmentTests {
  private static func project(_ value: String) throws -> Sandbox {
    try Sandbox([
      "stagecraft.yml":
        "project:\n  name: $NAME\nenvironments:\n"
        + "  dev: { driver: local }\n  staging: { driver: local, env_file: staging.env }\n",
      "docker-compose.yml":
        "services:\n  app:\n    build: { context: app, args: { VALUE: '\(value)' } }\n",
      "app/Dockerfile":
        "FROM busybox:1.35\nARG VALUE\nRUN printf '%s' \"$VALUE\" > /value\n",
      "staging.env": "# for staging\nVALUE='from the file'\n",
    ])
  }

  private static func value(_ project: Sandbox) throws -> String {
    try project.content(of: "/value", in: "\(project.name)-app")
  }

  @Test func `default, then env file, then the process's own variable`() throws {
    let project = try Self.project("${VALUE:-default}")
    try project.stagecraft("build").ends(0)
    #expect(try Self.value(project) == "default")
    try project.stagecraft("build", "--env", "staging").ends(0)
    #expect(try Self.value(project) == "from the file")
    try project.stagecraft("build", adding: ["STAGECRAFT_ENV": "staging", "VALUE": "mine"]).ends(0)
    #expect(try Self.value(project) == "mine")
    // An edit of the file counts in its environment only.
    try project.stagecraft("build", "-e", "staging").ends(0)
    try project.write("staging.env", "VALUE=edited\n")
    try project.stagecraft("-e", "staging", "build").ends(0)
    #expect(try Self.value(project) == "edited")
    try project.stagecraft("build").ends(0)
    #expect(try Self.value(project) == "default")
  }

  @Test func `a variable that must be set is asked for`() throws {
    let project = try Self.project("${VALUE:?the value is wanted}")
    try project.stagecraft("build").ends(1).says("VALUE", "the value is wanted")
    try project.stagecraft("build", adding: ["VALUE": "given"]).ends(0)
    #expect(try Self.value(project) == "given")
  }

  @Test func `bytes of a value arrive as they are`() throws {
    let project = try Self.project("${VALUE}")
    let value = "a'b \"c\" $d \\e {f} %s ü #g"
    try project.stagecraft("build", adding: ["VALUE": value]).ends(0)
    #expect(try Self.value(project) == value)
  }

  @Test func `an env file that is not there gives no values`() throws {
    let project = try Self.project("${VALUE:-default}")
    try project.delete("staging.env")
    try project.stagecraft("build", "--env", "staging").ends(0)
    #expect(try Self.value(project) == "default")
    try project.write("staging.env", "VALUE=appeared\n")
    try project.stagecraft("build", "--env", "staging").ends(0)
    #expect(try Self.value(project) == "appeared")
  }
}
