// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What programs read: JSON, drawings, streams and pipes.

import Foundation
import Testing

struct OutputTests {
  @Test func `a plan is the same bytes each time, in every format`() throws {
    let project = try Sandbox(example: "shop")
    func all() throws -> [String] {
      try ["text", "dot", "mermaid", "json"].flatMap { format in
        try [["plan"], ["plan", "--graph"], ["plan", "build", "api"]].map { words in
          try project.run([Sandbox.program] + words + ["--format", format]).ends(0).out
        }
      }
    }
    let before = try all()
    #expect(try all() == before)
    #expect(before.allSatisfy { !$0.isEmpty })
    try project.stagecraft("build").ends(0)
    let after = try all()
    #expect(try all() == after)
    #expect(after != before)
    let plan = try Plan(project.stagecraft("plan", "--graph", "--format", "json").ends(0))
    #expect(plan.version == 1)
    #expect(plan.goal == "build")
    #expect(plan["image/web/context"]?.dependsOn == ["compose/config", "web-assets"])
    #expect(plan["image/api/context"]?.inputs.contains("api/shop/server.py") == true)
    #expect(Set(plan.tasks.map(\.class)) == ["pure", "observe", "effect"])
    let part = try Plan(project.stagecraft("plan", "run", "web-assets", "--format", "json").ends(0))
    #expect(part.tasks.map(\.id) == ["web-assets"])
  }

  @Test func `data goes to standard output, everything else to standard error`() throws {
    let project = try Sandbox.tiny()
    let text = try project.stagecraft("build").ends(0)
    #expect(text.out.isEmpty)
    #expect(!text.err.contains("\u{1B}"), "colour in a pipe: \(text)")
    let painted = try project.stagecraft("build", "--color", "--verbose").ends(0)
    #expect(painted.err.contains("\u{1B}["))
    let plain = try project.stagecraft("plan", "--no-color").ends(0)
    #expect(plain.err.isEmpty)
    let dry = try project.stagecraft("build", "--dry-run", "--format", "json").ends(0)
    _ = try Plan(dry)
  }

  @Test func `a run leaves a plan, events, a summary and a trace that are JSON`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build").ends(0)
    let runs = try FileManager.default.contentsOfDirectory(
      atPath: project.root + "/.stagecraft/runs")
    let run = try #require(runs.first)
    #expect(runs.count == 1)
    for file in ["plan.json", "summary.json", "trace.json"] {
      let text = try project.read(".stagecraft/runs/\(run)/\(file)")
      _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
    }
    let events = try project.read(".stagecraft/runs/\(run)/events.jsonl").split(separator: "\n")
    #expect(events.count > 4)
    for line in events { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    #expect(try project.run(["git", "init", "--quiet"]).status == 0)
    let status = try project.run(["git", "status", "--porcelain"]).ends(0).out
    #expect(!status.contains(".stagecraft/"), "\(status)")
  }

  @Test func `a reader that stops reading is no failure`() throws {
    let project = try Sandbox.tiny()
    let script = "'\(Sandbox.program)' plan --format json | head -c 1"
    #expect(try project.run(["bash", "-o", "pipefail", "-c", script]).ends(0).out == "{")
  }

  @Test func `a terminal gets a live display and keeps the summary`() throws {
    let project = try Sandbox.tiny()
    let command = "'\(Sandbox.program)' build"
    let ended = try project.run(
      ["script", "--quiet", "--return", "--command", command, "/dev/null"],
      adding: ["TERM": "xterm-256color"]
    ).ends(0)
    #expect(ended.out.contains("\u{1B}["), "\(ended)")
    #expect(ended.out.contains("3 executed"), "\(ended)")
    let quiet = try project.run(
      ["script", "--quiet", "--return", "--command", command, "/dev/null"],
      adding: ["TERM": "xterm-256color", "NO_COLOR": "1"]
    ).ends(0)
    #expect(quiet.out.contains("nothing to do"))
    #expect(!quiet.out.contains("\u{1B}[3"), "\(quiet)")
  }

  @Test func `init makes a project of a plain Compose folder that the next command can use`()
    throws
  {
    let project = try Sandbox([
      "compose.yaml": "services:\n  app:\n    build: .\n  db:\n    image: redis:7-bookworm\n",
      "Dockerfile": "FROM busybox:1.35\nCOPY text.txt /\n", "text.txt": "$NAME\n",
      ".gitignore": "node_modules\n",
    ])
    try project.stagecraft("init", "--yes", "--project-name", project.name).ends(0)
      .says("compose.yaml", "stagecraft.yml", "stagecraft build")
    #expect(try project.read(".gitignore") == "node_modules\n.stagecraft/\n")
    try project.stagecraft("build").ends(0)
    #expect(try project.inspect("\(project.name)-app") != nil)
    #expect(try project.report("build").executed == [])
    let file = try project.read("stagecraft.yml")
    try project.stagecraft("init", "--yes").ends(0).says("nothing is overwritten")
    #expect(try project.read("stagecraft.yml") == file)
  }

  @Test func `after init Compose and Stagecraft call the images alike`() throws {
    let project = try Sandbox([:])
    let inside = "My \(project.name) App"
    try project.write(inside + "/compose.yaml", "services:\n  app:\n    build: .\n")
    try project.write(inside + "/Dockerfile", "FROM busybox:1.35\nCOPY Dockerfile /$NAME\n")
    try project.stagecraft("init", "--yes", in: inside).ends(0)
    try project.stagecraft("build", in: inside).ends(0)
    let names = try project.run(["docker", "compose", "config", "--images"], in: inside).ends(0).out
    let name = names.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try project.inspect(name) != nil, "\(names)")
    try project.docker(["rmi", "--force", name])
    for wrong in ["MyApp", "my.app", "-x", "a b", ""] {
      try project.stagecraft("init", "--project-name", wrong, in: inside + "/..").ends(1)
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions are scripts that their shell can read`(shell: String) throws {
    let project = try Sandbox([:])
    let script = try project.stagecraft("completions", shell).ends(0).out
    #expect(script.contains("stagecraft"))
    guard shell == "bash" else { return }
    try project.write("completions", script)
    try project.run(["bash", "-n", "completions"]).ends(0)
  }

  @Test func `the cache tells, checks and collects`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build").ends(0)
    #expect(try project.stagecraft("cache", "info").ends(0).out.contains(project.directory))
    try project.stagecraft("cache", "verify").ends(0)
    try project.stagecraft("cache", "gc").ends(0)
    #expect(try project.report("build").executed == [])
  }
}
