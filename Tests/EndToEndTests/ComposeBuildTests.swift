// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the Compose file can say about a build, each proven by what is in the image.

import Foundation
import Testing

struct ComposeBuildTests {
  @Test func `arguments, target, labels and a named Dockerfile reach the image`() throws {
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project(),
      "docker-compose.yml": """
      services:
        app:
          build:
            context: app
            dockerfile: Special
            target: chosen
            args: { COLOUR: "${COLOUR:-red}", FIXED: "a $$ b" }
            labels: { example.team: shop }
            tags: ["$NAME-app:extra"]

      """.replacing("$$ b", with: "$$$$ b"),
      "app/Special": """
      FROM busybox:1.35 AS chosen
      ARG COLOUR
      ARG FIXED
      RUN printf '%s|%s' "$COLOUR" "$FIXED" > /args
      FROM busybox:1.35
      RUN false

      """,
    ])
    try project.stagecraft("build").ends(0)
    let image = "\(project.name)-app"
    #expect(try project.content(of: "/args", in: image).hasPrefix("red|a $"))
    #expect(try project.inspect(image, "{{index .Config.Labels \"example.team\"}}") == "shop")
    #expect(try project.inspect(image + ":extra") == project.inspect(image))
    let blue = try project.report("build", adding: ["COLOUR": "blue"])
    #expect(blue.executed.contains("image/app/build"), "\(blue.ended)")
    #expect(try project.content(of: "/args", in: image).hasPrefix("blue|"))
    // A variable that nothing names changes nothing.
    let same = try project.report("build", adding: ["COLOUR": "blue", "OTHER": "x"])
    #expect(same.executed == [], "\(same.ended)")
  }

  @Test func `an inline Dockerfile and contexts beside the main one`() throws {
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project(),
      "docker-compose.yml": """
      services:
        app:
          build:
            context: app
            dockerfile_inline: |
              FROM base
              COPY --from=shared text.txt /shared.txt
              COPY own.txt /own.txt
            additional_contexts:
              base: "service:base"
              shared: ./shared
        base:
          build: base

      """,
      "app/own.txt": "own of $NAME\n", "shared/text.txt": "shared of $NAME\n",
      "base/Dockerfile": "FROM busybox:1.35\nCOPY base.txt /base.txt\n",
      "base/base.txt": "base of $NAME\n",
    ])
    let first = try project.report("build", "app")
    first.ended.ends(0)
    #expect(first.executed.contains("image/base/build"), "\(first.ended)")
    let image = "\(project.name)-app"
    for word in ["own", "shared", "base"] {
      #expect(try project.content(of: "/\(word).txt", in: image) == "\(word) of \(project.name)\n")
    }
    #expect(try project.report("build").executed == [])
    try project.write("shared/text.txt", "changed\n")
    let shared = try project.report("build")
    #expect(shared.executed == ["image/app/build", "image/app/context"], "\(shared.ended)")
    #expect(try project.content(of: "/shared.txt", in: image) == "changed\n")
    try project.write("base/base.txt", "changed base\n")
    let base = try project.report("build")
    #expect(base.executed.contains("image/base/build"))
    #expect(base.executed.contains("image/app/build"), "\(base.ended)")
    #expect(try project.content(of: "/base.txt", in: image) == "changed base\n")
  }

  @Test func `secrets reach the build and are written nowhere`() throws {
    let canary = "canary-\(UUID().uuidString)"
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project(),
      "docker-compose.yml": """
      services:
        app:
          build:
            context: app
            secrets: [from_file, from_env]
      secrets:
        from_file: { file: ./secret.txt }
        from_env: { environment: SECRET_VALUE }

      """,
      "app/Dockerfile": """
      FROM busybox:1.35
      RUN --mount=type=secret,id=from_file --mount=type=secret,id=from_env \\
        : $NAME; cat /run/secrets/from_file /run/secrets/from_env | sha256sum > /sum

      """,
    ])
    try project.write("secret.txt", canary + "-file")
    let variables = ["SECRET_VALUE": canary + "-env"]
    let verbose = try project.stagecraft("build", "--verbose", adding: variables).ends(0)
    let report = try project.report("build", adding: variables)
    #expect(report.executed == [], "\(report.ended)")
    let sum = try project.run(
      ["sh", "-c", "printf '%s' '\(canary)-file\(canary)-env' | sha256sum"]
    ).out
    #expect(try project.content(of: "/sum", in: "\(project.name)-app") == sum)

    try project.write("secret.txt", canary + "-changed")
    let changed = try project.report("build", adding: variables)
    #expect(changed.executed.contains("image/app/build"), "\(changed.ended)")
    let why = try project.stagecraft("why", "image/app/build", adding: variables).ends(0)
    #expect(why.out.contains("secret"), "\(why)")
    let plan = try project.stagecraft("plan", "--format", "json", adding: variables).ends(0)
    let missing = try project.stagecraft("build").ends(1).says("SECRET_VALUE")

    let history = try project.docker(
      ["history", "--no-trunc", "\(project.name)-app"]).ends(0)
    let image = try project.docker(["image", "inspect", "\(project.name)-app"]).ends(0)
    let said = [verbose, report.ended, changed.ended, why, plan, missing, history, image]
    #expect(!said.contains { ($0.out + $0.err).contains(canary) })
    try project.delete("secret.txt")
    let found = try project.run(["grep", "-rlF", canary, project.directory])
    #expect(found.out == "" && found.status == 1, "\(found)")
  }

  @Test func `a platform that the engine has is built for`() throws {
    let architecture = try Sandbox([:]).docker(["version", "--format", "{{.Server.Arch}}"]).out
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let project = try Sandbox.tiny()
    try project.write(
      "docker-compose.yml",
      "services:\n  app:\n    build: { context: app, platforms: [linux/\(architecture)] }\n")
    try project.stagecraft("build").ends(0)
    #expect(try project.inspect("\(project.name)-app", "{{.Architecture}}") == architecture)
    try project.stagecraft("build").ends(0).says("nothing to do")
  }

  @Test func `an image with a name of its own gets that name and the version`() throws {
    let project = try Sandbox.tiny()
    try project.write(
      "docker-compose.yml",
      "services:\n  app:\n    image: team/$NAME:stable\n    build: app\n")
    try project.stagecraft("build", "--version", "7").ends(0)
    let id = try project.inspect("team/\(project.name):stable")
    #expect(id != nil)
    #expect(try project.inspect("team/\(project.name):7") == id)
  }

  @Test func `what Stagecraft built is what Compose uses`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build").ends(0)
    let ended = try project.run([
      "docker", "compose", "--project-name", project.name, "run", "--rm", "--no-deps", "app", "cat",
      "/text.txt",
    ])
    try project.run(["docker", "compose", "--project-name", project.name, "down"])
    ended.ends(0)
    #expect(ended.out == "app of \(project.name)\n")
  }

  @Test func `a Compose file in a folder has its paths from there, as in Compose`() throws {
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project("compose: deploy/compose.yml\n"),
      "deploy/compose.yml":
        "services:\n  app:\n    extends: { file: base.yml, service: base }\n",
      "deploy/base.yml": "services:\n  base:\n    build: ../app\n",
      "app/Dockerfile": "FROM busybox:1.35\nCOPY text.txt /text.txt\n",
      "app/text.txt": "app of $NAME\n",
    ])
    try project.stagecraft("build").ends(0)
    #expect(
      try project.content(of: "/text.txt", in: "\(project.name)-app") == "app of \(project.name)\n")
    #expect(try project.report("build").executed == [])
    try project.edit("deploy/base.yml") { $0.replacing("../app", with: "../other") }
    try project.stagecraft("build").ends(1).says("`other` is not there")
  }
}
