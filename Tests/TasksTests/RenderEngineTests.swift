// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs what was rendered with the real engine, the way it is run on a host, and compares what the
// container sees byte for byte.

import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing
import YAML

@testable import Tasks

struct RenderEngineTests {
  private static let image = "busybox:1.35"

  /// Values that quoting, interpolation or YAML could change.
  private static let values: [String: String] = [
    "DOLLAR": "a$$VAR b$VAR ${VAR} $", "TRAILING": "ends in $", "PRICE": "$+0i", "REGEX": "^a.*$",
    "PASSWORD": "pa$1wor$D(\"'`#\\!&|;<>*?~)", "QUOTES": "'single' \"double\" '\\''",
    "HASH": "a #b", "BACKSLASH": "\\n \\\\ \\",
    "PEM": "-----BEGIN KEY-----\nMIIB\n\n-----END-----\n",
    "JSON": "{\"a\": \"b\\nc\", \"$ref\": [1, null]}", "LEADING": "  spaces \t", "TAB": "\ta\tb",
    "UMLAUT": "Grüße, 世界 🎉 é e\u{301}", "CONTROL": "a\u{7F}b\u{85}c\u{2028}d\u{FEFF}e\u{1}f",
    "RETURN": "a\r\nb", "YES": "yes", "NULL": "null", "TILDE": "~", "TRUE": "true", "NUMBER": "010",
    "FLOAT": "1.10", "DATE": "2025-01-31", "COLON": "a: b", "EMPTY": "", "BRACE": "{}",
    "STAR": "*a",
    "REFERENCE": "${SC_web_EMPTY?use ../../compose}",
  ]

  /// The environment of the first process of a container, and what two files in it hold.
  private struct Seen {
    var environment: [String: String] = [:]
    var secret: [UInt8] = []
    var config: [UInt8] = []
  }

  /// Starts what was rendered as on a host, looks into it, and takes it away again.
  private func look(
    _ host: DesiredHost, project: String, service: String, in tree: FileTree
  ) async throws -> Seen {
    try tree.write("compose.yaml", host.compose)
    try tree.write("env", bytes: host.environment)
    let compose = "set -a && . ./env && set +a && docker compose -p \(project) -f compose.yaml"
    func run(_ line: String) async throws -> String {
      let lines = Mutex<[String]>([])
      let faults = Mutex<[String]>([])
      let ended = try await SubprocessRunner().run(
        Command(
          "/bin/sh", ["-c", "\(compose) \(line)"], directory: tree.root.string,
          environment: RenderFixture.process)
      ) { line, stream in
        if stream == .output {
          lines.withLock { $0.append(line) }
        } else {
          faults.withLock { $0.append(line) }
        }
      }
      #expect(ended == .exited(0), "\(faults.withLock { $0 })")
      return lines.withLock { $0.joined(separator: "\n") }
    }
    func bytes(_ path: String) async throws -> [UInt8] {
      try await run("exec -T \(service) od -An -v -tx1 \(path)").split { $0 == " " || $0 == "\n" }
        .compactMap { UInt8($0, radix: 16) }
    }
    var seen = Seen()
    do {
      _ = try await run("up --detach --pull never --no-build --quiet-pull")
      for entry in try await bytes("/proc/1/environ").split(separator: 0) {
        let text = String(decoding: entry, as: UTF8.self)
        let sign = try #require(text.firstIndex(of: "="))
        seen.environment[String(text[..<sign])] = String(text[text.index(after: sign)...])
      }
      seen.secret = try await bytes("/run/secrets/key")
      seen.config = try await bytes("/page")
    } catch {
      _ = try await run("down --timeout 0 --volumes")
      throw error
    }
    _ = try await run("down --timeout 0 --volumes")
    return seen
  }

  private func file(_ sources: [(key: String, value: YAMLValue)]) -> String {
    let service = YAMLValue.mapping([
      ("image", .string(Self.image)), ("command", ["sleep", "1000"]), ("init", true),
      ("network_mode", "none"), ("env_file", ["values.env"]), ("secrets", ["key"]),
      ("configs", [["source": "page", "target": "/page"]]), ("environment", .mapping(sources)),
    ])
    return YAMLWriter.write([
      "services": .mapping([("web", service)]),
      "secrets": ["key": ["environment": "PASSWORD"]],
      "configs": ["page": ["content": "page ${PASSWORD}\n"]],
    ])
  }

  @Test(.timeLimit(.minutes(20)))
  func `every value reaches the container byte for byte, from yaml, .env, env file and process`()
    async throws
  {
    let project = "sc-render-\(UInt32.random(in: .min ... .max))"
    var sources: [(key: String, value: YAMLValue)] = []
    var expected: [String: String] = [:]
    var dotEnv = ""
    var envFile = ""
    for (name, value) in Self.values.sorted(by: { $0.key < $1.key }) {
      sources.append(("YAML_\(name)", .string(ComposeText.doubled(value))))
      sources.append(("PROCESS_\(name)", .string("${\(name)}")))
      expected["YAML_\(name)"] = value
      expected["PROCESS_\(name)"] = value
      // In single quotes, the files of Compose know no escapes: neither quote nor trailing backslash.
      guard !value.contains("'"), !value.hasSuffix("\\"), name != "CONTROL", name != "RETURN"
      else { continue }
      dotEnv += "FILE_\(name)='\(value)'\n"
      sources.append(("DOTENV_\(name)", .string("${FILE_\(name)}")))
      expected["DOTENV_\(name)"] = value
      envFile += "ENVFILE_\(name)='\(value)'\n"
      expected["ENVFILE_\(name)"] = value
    }
    sources.append(("UNSET_ANYWHERE", .null))
    sources.append(("PASSED", .null))
    expected["PASSED"] = "from the process"
    try await RenderFixture.with([
      "compose.yaml": file(sources), ".env": dotEnv, "values.env": envFile,
    ]) { fixture in
      var request = RenderFixture.Request()
      request.project = project
      request.variables = Self.values.merging(["PASSED": "from the process"]) { $1 }
      request.secrets = ["PASSWORD"]
      let host = try await fixture.render(request)
      for (name, value) in Self.values where value.utf8.count > 12 {
        #expect(!host.compose.contains(value), "\(name)")
      }
      let seen = try await look(
        host, project: project, service: "web", in: FileTree(fixture.tasks.cache.path("host")))
      for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
        let found = seen.environment[name]
        #expect(found.map { Array($0.utf8) } == Array(value.utf8), "\(name): \(found ?? "nothing")")
      }
      #expect(seen.environment["UNSET_ANYWHERE"] == nil)
      #expect(seen.secret == Array((Self.values["PASSWORD"] ?? "").utf8))
      #expect(seen.config == Array("page \(Self.values["PASSWORD"] ?? "")\n".utf8))

      try await RenderFixture.with(["compose.yaml": host.compose]) { second in
        var again = request
        again.variables.merge(try RenderFixture.values(host.environment)) { _, new in new }
        let twice = try await second.render(again)
        #expect(twice.compose == host.compose)
        #expect(twice.environment == host.environment)
      }
    }
  }
}
