// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Pins the keys of fixture tasks: a change that moves one of them makes every cache miss, and must be
// meant. Proves as well what a key must tell apart, and what it must not.

import Cache
import Foundation
import TaskGraph
import TestSupport
import Testing

struct KeyContractTests {
  private static let pinned =
    #filePath.split(separator: "/").dropLast().reduce("") {
      $0 + "/" + $1
    } + "/Keys.txt"

  /// The fixture tasks by name; each in a graph of its own, after a task `base`.
  private static func tasks() -> [(name: String, task: WorkTask, policy: TaskPolicy)] {
    var all: [(String, WorkTask, TaskPolicy)] = []
    func add(_ name: String, _ task: WorkTask, _ policy: TaskPolicy = TaskPolicy()) {
      all.append((name, task, policy))
    }
    add("plain", WorkTask("t"))
    add("one argument", WorkTask("t", ["a"]))
    add("an empty argument", WorkTask("t", [""]))
    add("two empty arguments", WorkTask("t", ["", ""]))
    add("ab c", WorkTask("t", ["ab", "c"]))
    add("a bc", WorkTask("t", ["a", "bc"]))
    add("abc", WorkTask("t", ["abc"]))
    add("a,b in one", WorkTask("t", ["a,b"]))
    add("a and b", WorkTask("t", ["a", "b"]))
    add("b and a", WorkTask("t", ["b", "a"]))
    add("unicode", WorkTask("t", ["\u{E9}"]))
    add("unicode in two", WorkTask("t", ["e\u{301}"]))
    add("newline", WorkTask("t", ["a\nb"]))
    add("one file", WorkTask("t", inputs: ["src/a.txt"]))
    add("another file of the same content", WorkTask("t", inputs: ["src/b.txt"]))
    add("an executable of the same content", WorkTask("t", inputs: ["src/run.sh"]))
    add("a link", WorkTask("t", inputs: ["src/link"]))
    add("an empty file", WorkTask("t", inputs: ["src/empty"]))
    add("two files", WorkTask("t", inputs: ["src/a.txt", "src/run.sh"]))
    add("files by pattern", WorkTask("t", inputs: ["src/*.txt"]))
    add("a directory", WorkTask("t", inputs: ["src"]))
    add("a variable", WorkTask("t", variables: ["NAME"]))
    add("an empty variable", WorkTask("t", variables: ["EMPTY"]))
    add("an absent variable", WorkTask("t", variables: ["ABSENT"]))
    add("two variables", WorkTask("t", variables: ["NAME", "EMPTY"]))
    add("an output", WorkTask("t", outputs: ["out/*.a"]))
    add("another output", WorkTask("t", outputs: ["out/*.b"]))
    add("two outputs", WorkTask("t", outputs: ["out/*.a", "out/*.b"]))
    add("a timeout", WorkTask("t"), TaskPolicy(timeout: .seconds(1)))
    add("another timeout", WorkTask("t"), TaskPolicy(timeout: .seconds(2)))
    return all
  }

  private static func prepare(_ fixture: TaskFixture) throws {
    try fixture.project.write("src/a.txt", "text")
    try fixture.project.write("src/b.txt", "text")
    try fixture.project.write("src/run.sh", "text", mode: 0o755)
    try fixture.project.write("src/empty", "")
    try fixture.project.link("src/link", to: "a.txt")
  }

  /// The keys of all fixture tasks, by name.
  private static func keys(
    _ options: RunOptions = RunOptions(), more: [String: String] = [:], jobs: Int = 4,
    change: (TaskFixture) throws -> Void = { _ in }
  ) async throws -> [(name: String, key: String)] {
    try await TaskFixture.with { fixture in
      try prepare(fixture)
      try change(fixture)
      var keys: [(String, String)] = []
      for (name, task, policy) in tasks() {
        var policy = policy
        policy.pool = .cpu(jobs)
        var graph = Graph()
        try graph.add(WorkTask("base") { _ in "value" })
        try graph.add(task, after: [TaskID("base")], policy: policy)
        _ = await fixture.run(
          graph, options,
          environment: ["NAME": "value", "EMPTY": ""].merging(more) { _, new in new })
        let index = TaskIndex.load(fixture.state.taskIndex)
        keys.append((name, index["t"]?.key.hex ?? "no key"))
      }
      return keys
    }
  }

  private static func text(_ keys: [(name: String, key: String)]) -> String {
    keys.map { "\($0.key)  \($0.name)\n" }.joined()
  }

  @Test func `keys are those that are pinned`() async throws {
    let found = Self.text(try await Self.keys())
    let expected = try String(contentsOfFile: Self.pinned, encoding: .utf8)
    #expect(
      found == expected,
      "raise `Manifest.formatVersion` where this is meant, and put these into Keys.txt:\n\(found)")
  }

  @Test func `no two fixture tasks have one key`() async throws {
    let keys = try await Self.keys()
    #expect(Set(keys.map(\.key)).count == keys.count)
    #expect(!keys.contains { $0.key == "no key" })
  }

  @Test func `nothing of the machine is in a key`() async throws {
    // Another directory, since each fixture has its own; another user, locale and job count.
    let here = Self.text(try await Self.keys())
    let there = Self.text(
      try await Self.keys(
        more: ["USER": "somebody", "HOME": "/elsewhere", "LANG": "de_DE.UTF-8", "PWD": "/x"],
        jobs: 64
      ) { fixture in
        // Times, owners' other permissions and what else is in the project do not count.
        try fixture.project.setModified("src/a.txt", 1_000_000_000)
        try fixture.project.setMode("src/b.txt", 0o600)
        try fixture.project.write("unrelated", "x")
      })
    #expect(here == there)
  }

  @Test func `a salt and the output of a dependency are in every key`() async throws {
    let plain = try await Self.keys().map(\.key)
    let salted = try await Self.keys(RunOptions(salt: "s")).map(\.key)
    #expect(Set(plain).isDisjoint(with: salted))
  }

  @Test func `names of tasks that look alike keep their states apart`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      let names = ["a:b", "a-b", "a/b", "a_b", "A:b"]
      for name in names {
        try graph.add(WorkTask(name, [name]) { _ in name })
      }
      #expect(await fixture.run(graph).executed == names.sorted())
      #expect(await fixture.run(graph).executed == [])
      let index = TaskIndex.load(fixture.state.taskIndex)
      for name in names { #expect(index[name].flatMap { String.read($0.value) } == name) }
    }
  }
}
