// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that what Compose files mean is what Compose says: includes, extends, merges, resets and
// profiles, each rendered and compared as a whole or refused in Compose's own words.

import TaskGraph
import TestSupport
import Testing
import YAML

@testable import Tasks

struct RenderGoldenTests {
  private static let included = [
    "inc/one.yaml": """
    include: [deep/two.yaml]
    services:
      db: {image: "db:1", ports: ["1:1"], volumes: ["./data:/d"], environment: {W: "${WHERE:-none}"}}
    """,
    "inc/.env": "WHERE=inc\n", "inc/data/file": "x",
    "inc/deep/two.yaml": "services:\n  deep: {image: \"deep:1\", command: [a, b]}\n",
  ]

  /// What is rendered of each service, without the labels and networks that all have, and with the
  /// values of its environment.
  private func services(
    _ files: [String: String], _ names: [String] = ["compose.yaml"]
  ) async throws -> [String: String] {
    try await RenderFixture.with(files) { fixture in
      var request = RenderFixture.Request()
      request.files = names
      let host = try await fixture.render(request)
      let values = try RenderFixture.values(host.environment)
      let node = try RenderFixture.node(host)
      var found: [String: String] = [:]
      for entry in node["services"]?.mapping?.entries ?? [] {
        var section = YAMLValue(entry.value).removing(["labels", "networks"])
        section["environment"] = section["environment"].map { environment in
          .mapping(
            environment.entries.map { entry in
              (entry.key, .string(values[RenderVariables.name(entry.value.text ?? "")] ?? ""))
            })
        }
        found[entry.key] = YAMLWriter.write(section)
      }
      return found
    }
  }

  private func refusal(_ files: [String: String]) async throws -> TaskError {
    try await RenderFixture.with(files) { fixture in
      try #require(
        await #expect(throws: TaskError.self) { _ = try await fixture.application() })
    }
  }

  @Test func `two merge keys in one map are refused with the line`() async throws {
    let error = try await refusal([
      "compose.yaml": """
      x-a: &a {A: "1"}
      x-b: &b {B: "2"}
      services:
        web: {image: i, environment: {<<: *a, <<: *b}}
      """
    ])
    #expect(error.logTail.joined().contains("line 4: mapping key \"<<\" already defined"))
  }

  @Test func `of a list of merges the first wins`() async throws {
    let found = try await services([
      "compose.yaml": """
      x-a: &a {A: "1", B: a}
      x-b: &b {B: b, C: "3"}
      services:
        web: {image: i, environment: {<<: [*a, *b], D: "4"}}
      """
    ])
    #expect(
      found == [
        "web": """
        environment:
          A: "1"
          B: a
          C: "3"
          D: "4"
        image: i

        """
      ])
  }

  @Test func `includes have their own folder and env file, and an override changes them`()
    async throws
  {
    let found = try await services(
      Self.included.merging([
        "compose.yaml": "include: [inc/one.yaml]\nservices:\n  web: {image: i}\n",
        "over.yaml": """
        services:
          db: {ports: !override ["2:2"]}
          deep: {command: !reset null, environment: {X: "y"}}
        """,
      ]) { $1 }, ["compose.yaml", "over.yaml"])
    let source = try #require(
      try YAMLReader.parse(found["db"] ?? "")?["volumes"]?.sequence?.first?["source"]?.string)
    #expect(source.hasPrefix("/var/lib/stagecraft/demo/prod/files/"))
    #expect(source.hasSuffix("/data"))
    #expect(
      found["db"]?.replacing(source, with: "DATA") == """
        environment:
          W: inc
        image: db:1
        ports:
          - mode: ingress
            protocol: tcp
            published: "2"
            target: 2
        volumes:
          - source: DATA
            target: /d
            type: bind

        """)
    #expect(found["deep"] == "environment:\n  X: \"y\"\nimage: deep:1\n")
    #expect(found["web"] == "image: i\n")
  }

  @Test func `a file that is included twice counts once`() async throws {
    let found = try await services(
      Self.included.merging([
        "compose.yaml": "include: [inc/one.yaml, inc/deep/two.yaml]\nservices: {web: {image: i}}\n"
      ]) { $1 })
    #expect(found.keys.sorted() == ["db", "deep", "web"])
    #expect(found["deep"] == "command:\n  - a\n  - b\nimage: deep:1\n")
  }

  @Test func `extending a service of an included file is refused, of a file it works`()
    async throws
  {
    let error = try await refusal(
      Self.included.merging([
        "compose.yaml": """
        include: [inc/deep/two.yaml]
        services:
          child: {extends: {service: deep}}
        """
      ]) { $1 })
    #expect(error.logTail.joined().contains("service \"deep\" not found"))
    let found = try await services(
      Self.included.merging([
        "compose.yaml": """
        services:
          child: {extends: {file: inc/one.yaml, service: db}, environment: {A: b}}
        """
      ]) { $1 })
    #expect(found["child"]?.hasPrefix("environment:\n  A: b\n  W: none\nimage: db:1\n") == true)
  }

  @Test func `a reset reaches one service through an anchor and leaves the other`() async throws {
    let found = try await services(
      [
        "compose.yaml": """
        services:
          web: &w {image: i, ports: ["1:1"], environment: {A: "1", B: "2"}}
          other: {<<: *w, image: j}
        """,
        "over.yaml": """
        x-none: &none !reset []
        services:
          web: {ports: *none, environment: {A: !reset null}}
        """,
      ], ["compose.yaml", "over.yaml"])
    #expect(found["web"] == "environment:\n  B: \"2\"\nimage: i\n")
    #expect(found["other"]?.contains("ports:") == true)
    #expect(found["other"]?.contains("A: \"1\"") == true)
  }

  private static let profiled = """
    services:
      web: {image: i, depends_on: {db: {condition: service_started, required: REQUIRED}}}
      db: {image: d, profiles: [data, all]}
      tool: {image: t, profiles: [tools]}
    """

  @Test func `a service whose profile is off does not run, and who needs it is an error`()
    async throws
  {
    for isRequired in [true, false] {
      let text = Self.profiled.replacing("REQUIRED", with: "\(isRequired)")
      let model = try await RenderFixture.with(["compose.yaml": text]) {
        try await $0.application().model
      }
      func names(_ profiles: String?) throws -> [String] {
        try model.services(withProfiles: ComposeModel.profiles(in: profiles)).map(\.name)
      }
      #expect(try names("data") == ["db", "web"])
      #expect(try names(" tools , all,") == ["db", "tool", "web"])
      #expect(try names("*") == ["db", "tool", "web"])
      if isRequired {
        let error = #expect(throws: TaskError.self) { try names(nil) }
        #expect(
          error?.message
            == "service `web` depends on `db`, whose profiles `all` or `data` are not active")
        #expect(error?.code == .input)
      } else {
        #expect(try names(nil) == ["web"])
      }
    }
  }

  @Test func `a missing variable and a file that is none are told in compose's words`()
    async throws
  {
    let unset = try await refusal([
      "compose.yaml": "services: {web: {image: \"${NO_SUCH_IMAGE:?name one}\"}}\n"
    ])
    #expect(unset.logTail.joined().contains("NO_SUCH_IMAGE"))
    #expect(unset.logTail.joined().contains("name one"))
    let broken = try await refusal(["compose.yaml": "services: [\n"])
    #expect(broken.code != .invariant)
  }
}
