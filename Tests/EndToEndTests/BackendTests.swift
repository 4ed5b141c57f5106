// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Back ends with a provider. Encore cannot be had here: a stand-in checks the arguments that Encore
// documents, and builds a real image.

import Testing

struct BackendTests {
  @Test func `the generic provider builds with its own Dockerfile and context`() throws {
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project(
        """
        backend:
          provider: generic
          service: api
          providers:
            generic:
              build: { dockerfile: docker/Api, context: backend }

        """),
      "docker-compose.yml": "services:\n  cache:\n    image: redis:7-bookworm\n",
      "docker/Api": "FROM busybox:1.35\nCOPY text.txt /text.txt\n",
      "backend/text.txt": "backend of $NAME\n",
    ])
    try project.stagecraft("build").ends(0)
    let text = try project.content(of: "/text.txt", in: "\(project.name)-api")
    #expect(text == "backend of \(project.name)\n")
    #expect(try project.report("build").executed == [])
    try project.write("backend/text.txt", "edited\n")
    #expect(try project.report("build").executed == ["image/api/build", "image/api/context"])
  }

  @Test func `the Encore provider runs encore as it is documented`() throws {
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project(
        """
        backend:
          provider: encore-ts
          service: api
          providers:
            encore-ts:
              build: { workdir: backend, image_name: $NAME-api, docker_tag_suffix: "-encore" }

        """),
      "docker-compose.yml": "services:\n  cache:\n    image: redis:7-bookworm\n",
      "backend/Dockerfile": "FROM busybox:1.35\nCOPY text.txt /text.txt\n",
      "backend/text.txt": "encore of $NAME\n",
    ])
    try project.write(
      "../home/bin/encore",
      """
      #!/bin/sh
      [ $# -eq 3 ] && [ "$1 $2" = "build docker" ] || exit 64
      [ "$DISABLE_ENCORE_TELEMETRY" = 1 ] || exit 65
      echo "${PWD##*/} $3" >> "$HOME/encore.log"
      exec docker build --quiet --label dev.stagecraft.project=$NAME --tag "$3" .

      """, mode: 0o755)
    let path = ["PATH": "\(project.directory)/home/bin:" + (project.environment()["PATH"] ?? "")]
    try project.stagecraft("build", "--version", "5", adding: path).ends(0)
    let image = "\(project.name)-api:5-encore"
    #expect(try project.content(of: "/text.txt", in: image) == "encore of \(project.name)\n")
    #expect(try project.read("../home/encore.log") == "backend \(image)\n")
    let again = try project.report("build", "--version", "5", adding: path)
    #expect(again.executed == [], "\(again.ended)")
    try project.write("backend/text.txt", "edited\n")
    let edited = try project.report("build", "--version", "5", adding: path)
    #expect(edited.executed == ["image/api/build", "image/api/context"], "\(edited.ended)")
    try project.docker(["rmi", "--force", image]).ends(0)
    let lost = try project.report("build", "--version", "5", adding: path)
    #expect(lost.executed == ["image/api/build"], "\(lost.ended)")
    #expect(try project.read("../home/encore.log").split(separator: "\n").count == 3)
  }

  @Test func `without encore on the path the build says what to install`() throws {
    let project = try Sandbox([
      "stagecraft.yml": Sandbox.project(
        """
        backend:
          provider: encore-ts
          service: api
          providers:
            encore-ts:
              build: { workdir: ., image_name: $NAME-api }

        """),
      "docker-compose.yml": "services:\n  cache:\n    image: redis:7-bookworm\n",
    ])
    try project.stagecraft("build").ends(2).says("`encore`", "not installed", "hint")
  }
}
