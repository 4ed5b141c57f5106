// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A trace is valid only while everything in it is as it was, and damage is at most a miss.

import Cache
import SystemPackage
import Testing

struct VerifyingTraceTests {
  private static let tool = Digest.of("tool")
  private static let goal = Digest.of("goal")

  private static func check(
    _ box: FileSandbox, tool: Digest = tool, goal: Digest = goal,
    environment: [String: String] = ["HOME": "/root"]
  ) -> VerifyingTrace.Verdict {
    VerifyingTrace.check(box.path("trace"), root: box.root, tool: tool, goal: goal) {
      environment[$0].map { Digest.of($0) }
    }
  }

  private static let observation = VerifyingTrace.Observation(
    kind: "image", request: [0, 1, 2], digest: Digest.of("seen"))

  private static func prepare(_ box: FileSandbox) throws -> VerifyingTrace {
    for name in ["src/a", "src/b", "out/é"] { try box.write(name, name) }
    try box.link("link", to: "src/a")
    var trace = VerifyingTrace(tool: tool, goal: goal)
    for name in ["src/b", "src", "src/a", "out/é", "link"] {
      trace.expect(path: name, identity: try box.identity(name))
    }
    trace.expect(path: "absent", identity: nil)
    trace.expect(path: "src/a/below", identity: nil)
    trace.expect(path: box.path("src/a").string, identity: try box.identity("src/a"))
    trace.expect(variable: "HOME", value: Digest.of("/root"))
    trace.expect(variable: "UNSET", value: nil)
    trace.expect(observation)
    trace.summary = Array("3 tasks".utf8)
    try trace.write(to: box.path("trace"))
    return trace
  }

  private static let valid = VerifyingTrace.Verdict.valid(
    observations: [observation], summary: Array("3 tasks".utf8))

  @Test func `a trace holds while nothing changes`() throws {
    let box = try FileSandbox()
    _ = try Self.prepare(box)
    #expect(Self.check(box) == Self.valid)
    #expect(Self.check(box) == Self.valid)
  }

  @Test func `an empty trace holds`() throws {
    let box = try FileSandbox()
    try VerifyingTrace(tool: Self.tool, goal: Self.goal).write(to: box.path("trace"))
    #expect(Self.check(box) == .valid(observations: [], summary: []))
  }

  @Test func `each change is found and named`() throws {
    let changes: [(String, (FileSandbox) throws -> Void)] = [
      ("src/a", { try $0.write("src/a", "other") }),
      ("src/b", { try $0.setModified("src/b", 1) }),
      (
        "src/b",
        {
          let time = try $0.identity("src/b").modified
          try $0.write("src/b", "other")
          try $0.setModified("src/b", time)
        }
      ),
      ("src/b", { try FileSystem.setMode($0.path("src/b"), 0o755) }),
      ("out/é", { try $0.delete("out/é") }),
      ("absent", { try $0.write("absent", "") }),
      ("src", { try $0.write("src/new", "") }),
      (
        "link",
        {
          try $0.delete("link"); try $0.link("link", to: "src/b")
        }
      ),
    ]
    for (name, change) in changes {
      let box = try FileSandbox()
      _ = try Self.prepare(box)
      try change(box)
      let verdict = Self.check(box)
      let absolute = VerifyingTrace.Verdict.changed(box.path(name).string)
      #expect(verdict == .changed(name) || verdict == absolute, "\(name)")
    }
  }

  @Test func `many files of one directory are looked at one by one`() throws {
    let box = try FileSandbox()
    var trace = VerifyingTrace(tool: Self.tool, goal: Self.goal)
    let names = ["\u{E9}", "e\u{301}", "a/b", "a"].flatMap { directory in
      (0..<50).map { "\(directory)/f\($0)" }
    }
    for name in names {
      try box.write(name, name)
      trace.expect(path: name, identity: try box.identity(name))
    }
    for name in ["a/none", "none/a", "none/b"] { trace.expect(path: name, identity: nil) }
    try trace.write(to: box.path("trace"))
    #expect(Self.check(box) == .valid(observations: [], summary: []))
    for name in [names[3], names[77], names[120], names[199]] {
      try box.write(name, "new")
      #expect(Self.check(box) == .changed(name))
      try box.delete(name)
      #expect(Self.check(box) == .changed(name))
      var next = VerifyingTrace(tool: Self.tool, goal: Self.goal)
      for name in names {
        next.expect(path: name, identity: FileIdentity(box.path(name).string))
      }
      try next.write(to: box.path("trace"))
      #expect(Self.check(box) == .valid(observations: [], summary: []))
    }
  }

  @Test func `variables, tool and goal must be the same`() throws {
    let box = try FileSandbox()
    _ = try Self.prepare(box)
    #expect(Self.check(box, environment: ["HOME": "/"]) == .changed("HOME"))
    #expect(Self.check(box, environment: [:]) == .changed("HOME"))
    #expect(Self.check(box, environment: ["HOME": "/root", "UNSET": ""]) == .changed("UNSET"))
    #expect(Self.check(box, tool: Digest.of("new")) == .unusable)
    #expect(Self.check(box, goal: Digest.of("new")) == .unusable)
    try box.delete("trace")
    #expect(Self.check(box) == .unusable)
  }

  @Test func `two expectations of one path that differ are never met`() throws {
    let box = try FileSandbox()
    var trace = try Self.prepare(box)
    trace.expect(path: "src/a", identity: nil)
    try trace.write(to: box.path("trace"))
    #expect(Self.check(box) == .changed("src/a"))
  }

  @Test func `a trace cut or flipped anywhere is unusable`() throws {
    let box = try FileSandbox()
    _ = try Self.prepare(box)
    let file = try #require(try box.read("trace"))
    for count in 0..<file.count {
      try box.write("trace", bytes: Array(file[..<count]))
      #expect(Self.check(box) == .unusable, "cut at \(count)")
    }
    for position in file.indices {
      for bit in 0..<8 {
        var bytes = file
        bytes[position] ^= 1 << UInt8(bit)
        try box.write("trace", bytes: bytes)
        #expect(Self.check(box) == .unusable, "flipped at \(position)")
      }
    }
    try box.write("trace", bytes: file + [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(Self.check(box) == .unusable)
    try box.write("trace", bytes: file)
    #expect(Self.check(box) == Self.valid)
  }
}
