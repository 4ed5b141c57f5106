// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what is read from the text that `docker compose config` prints.

import TaskGraph
import Testing

@testable import Tasks

struct ComposeModelReaderTests {
  private func read(_ text: String) throws -> ComposeModel {
    try ComposeModelReader(root: "/home/me/app").read(text)
  }

  private func build(_ section: String) throws -> ImageSpec? {
    try read("services:\n  web:\n    build:\n\(section)").services.first?.build
  }

  @Test func `services are sorted, and only some are built`() throws {
    let model = try read(
      """
      name: app
      services:
        web:
          build: {context: /home/me/app/web}
          image: r/web:1
        db: {image: "postgres:16"}
        api: {build: {context: /home/me/app}}
      """)
    #expect(model.services.map(\.name) == ["api", "db", "web"])
    #expect(model.services.map(\.image) == [nil, "postgres:16", "r/web:1"])
    #expect(model.services.map { $0.build?.context } == [".", nil, "web"])
    #expect(model.unsupported == [])
  }

  @Test(arguments: [
    ("/home/me/app", "."), ("/home/me/app/web", "web"), ("/home/me/app/a/b", "a/b"),
    ("/home/me/application", "/home/me/application"), ("/elsewhere", "/elsewhere"),
    ("https://example.com/r.git", "https://example.com/r.git"),
  ])
  func `paths below the project do not say where it is`(printed: String, read: String) throws {
    #expect(try build("      context: \(printed)\n")?.context == read)
  }

  @Test(arguments: [
    ("$$HOME", "$HOME"), ("a$$b$$c", "a$b$c"), ("$$$$", "$$"), ("plain", "plain"), ("$$", "$"),
  ])
  func `doubled dollars are single`(printed: String, read: String) throws {
    #expect(
      try build("      context: .\n      args:\n        V: \"\(printed)\"\n")?.arguments == [
        ImageSpec.Pair("V", read)
      ])
  }

  @Test func `a whole section is read`() throws {
    let spec = try #require(
      try build(
        """
              context: /home/me/app/web
              dockerfile: /home/me/app/web/Dockerfile.prod
              args: {ONE: "1", EMPTY: "", NOTHING: null}
              target: final
              platforms: [linux/amd64]
              labels: {a: b}
              additional_contexts: {lib: /home/me/app/lib, base: "docker-image://alpine"}
              ssh: [default]
              extra_hosts: ["db=10.0.0.1"]
              cache_from: ["type=registry,ref=x"]
              cache_to: ["type=inline"]
              tags: ["r/web:2"]
              network: host
              shm_size: "67108864"
              pull: true
              no_cache: true

        """))
    #expect(spec.dockerfile == "web/Dockerfile.prod")
    #expect(spec.arguments == [.init("ONE", "1"), .init("EMPTY", ""), .init("NOTHING", "")])
    #expect(spec.target == "final")
    #expect(spec.platforms == ["linux/amd64"])
    #expect(spec.labels == [.init("a", "b")])
    #expect(
      spec.additionalContexts == [.init("lib", "lib"), .init("base", "docker-image://alpine")])
    #expect(spec.ssh == ["default"])
    #expect(spec.extraHosts == ["db=10.0.0.1"])
    #expect(spec.cacheFrom == ["type=registry,ref=x"])
    #expect(spec.cacheTo == ["type=inline"])
    #expect(spec.tags == ["r/web:2"])
    #expect(spec.network == "host")
    #expect(spec.sharedMemory == "67108864")
    #expect(spec.pulls)
    #expect(spec.isUncached)
  }

  @Test func `secrets are found by their source and named by their target`() throws {
    let model = try read(
      """
      services:
        web:
          build:
            context: /home/me/app
            secrets:
              - {source: token, target: npm}
              - {source: key}
              - {source: unknown}
      secrets:
        token: {environment: NPM_TOKEN}
        key: {file: /home/me/app/key.pem}
      """)
    #expect(
      model.services.first?.build?.secrets == [
        ImageSpec.Secret(name: "npm", source: .variable("NPM_TOKEN")),
        ImageSpec.Secret(name: "key", source: .file("key.pem")),
      ])
  }

  @Test func `a key without an equivalent is named with its service`() throws {
    let model = try read(
      "services:\n  web:\n    build: {context: ., isolation: x, privileged: true}\n")
    #expect(model.unsupported == ["web.isolation", "web.privileged"])
  }

  @Test func `an empty application has no services`() throws {
    #expect(try read("").services.isEmpty)
    #expect(try read("name: x\n").services.isEmpty)
  }

  @Test func `what is no YAML is an unexpected answer`() {
    let error = #expect(throws: TaskError.self) { try read("services: [\n") }
    #expect(error?.code == .unexpectedAnswer("docker compose"))
  }
}
