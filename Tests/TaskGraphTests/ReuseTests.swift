// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves when a result is taken again, when not, and what is on disk then. Each test is a rule of the
// engine; the model test proves that they hold together.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing

struct ReuseTests {
  /// Writes `text` to `path`; the text is part of the key.
  private func writing(_ id: String, _ path: String, _ text: String) -> WorkTask {
    WorkTask(id, [text], outputs: [path]) { context throws(TaskError) in
      context.log("writing \(text)")
      try Self.write(context, path, text)
      return ""
    }
  }

  /// Copies every `src/*.txt` to `out/*.o`.
  private func compiling(_ variables: [String] = []) -> WorkTask {
    WorkTask("compile", inputs: ["src/*.txt"], outputs: ["out/*.o"], variables: variables) {
      context throws(TaskError) in
      for path in try context.expand(["src/*.txt"], below: ".").files {
        do {
          let text = try FileTree(context.root).text(path) ?? ""
          let name = path.dropFirst(4).dropLast(4)
          try Self.write(context, "out/\(name).o", text)
        } catch let error as TaskError {
          throw error
        } catch {
          throw TaskError(.files, "\(error)")
        }
      }
      return ""
    }
  }

  private static func write(
    _ context: TaskContext, _ path: String, _ text: String
  ) throws(TaskError) {
    do {
      try FileTree(context.root).write(path, text)
    } catch {
      throw TaskError(.files, "\(error)")
    }
  }

  private func graph(_ tasks: WorkTask...) throws -> Graph {
    var graph = Graph()
    var before: [TaskID] = []
    for task in tasks { before = [try graph.add(task, after: before).id] }
    return graph
  }

  @Test func `a hit brings files back and can repeat the log`() async throws {
    try await TaskFixture.with { fixture in
      let graph = try graph(writing("a", "out/a", "text"))
      let first = await fixture.run(graph)
      #expect(first.lines == ["stdout writing text"])
      try fixture.project.remove("out")
      let second = await fixture.run(graph, RunOptions(replaysLogs: true))
      guard case .reused(_, let restored) = second.outcomes["a"] else {
        Issue.record("\(second.outcomes)")
        return
      }
      #expect(restored == 1)
      #expect(second.lines == ["replayed stdout writing text"])
      #expect(try fixture.project.text("out/a") == "text")
      #expect(await fixture.run(graph).lines == [])
    }
  }

  @Test func `an upstream that comes out the same ends the matter`() async throws {
    try await TaskFixture.with { fixture in
      func whole(_ argument: String) throws -> Graph {
        var graph = Graph()
        let first = WorkTask("a", [argument], outputs: ["out/a"]) { context throws(TaskError) in
          try Self.write(context, "out/a", "same")
          return ""
        }
        try graph.add(first)
        try graph.add(WorkTask("b", inputs: ["out/a"]), after: [TaskID("a")])
        return graph
      }
      _ = await fixture.run(try whole("1"))
      let run = await fixture.run(try whole("2"))
      #expect(run.executed == ["a"])
      #expect(run.outcomes["b"]?.word == "hit")
    }
  }

  @Test func `back to what was before is a hit, and its effect is carried out again`() async throws
  {
    try await TaskFixture.with { fixture in
      let world = Mutex("")
      func whole(_ text: String) throws -> Graph {
        var graph = Graph()
        try graph.add(writing("a", "out/a", text))
        let look = try graph.add(LookTask("look") { world.withLock { $0 } })
        try graph.add(
          DeployTask("deploy", inputs: ["out/a"], seen: look) { _, key in
            world.withLock { $0 = key.hex }
          }, after: [look.id, TaskID("a")])
        return graph
      }
      #expect(await fixture.run(try whole("A")).executed == ["a", "deploy"])
      #expect(await fixture.run(try whole("B")).executed == ["a", "deploy"])
      let back = await fixture.run(try whole("A"))
      #expect(back.executed == ["deploy"])
      #expect(try fixture.project.text("out/a") == "A")
      #expect(await fixture.run(try whole("A")).executed == [])
      // Without the cache nothing is deployed, and with another world it is.
      try FileTree.remove(fixture.cache.root)
      #expect(await fixture.run(try whole("A")).executed == [])
      world.withLock { $0 = "somebody else's" }
      let repaired = await fixture.run(try whole("A"))
      #expect(repaired.executed == ["deploy"])
      #expect(repaired.reason(of: "deploy") == .stateDiffers("`somebody else's` is there"))
      #expect(try fixture.open().ledger.receipts().count == 4)
    }
  }

  @Test func `an input that changes while the task runs is not stored`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("in", "old")
      let edits = Mutex(true)
      let task = WorkTask("a", inputs: ["in"], outputs: ["out"]) { context throws(TaskError) in
        try Self.write(context, "out", "made of old")
        if edits.withLock({ $0 }) { try Self.write(context, "in", "new") }
        return ""
      }
      let run = await fixture.run(try graph(task))
      #expect(run.warnings == ["`in` changed while the task ran, so its result is not kept"])
      #expect(run.result.proof == nil)
      edits.withLock { $0 = false }
      try fixture.project.write("in", "old")
      // Though the key is that of before.
      #expect(await fixture.run(try graph(task)).executed == ["a"])
      #expect(await fixture.run(try graph(task)).executed == [])
    }
  }

  @Test func `a directory of inputs that appears while the task runs is noticed`() async throws {
    try await TaskFixture.with { fixture in
      let task = WorkTask("a", inputs: ["late/*.txt"], outputs: ["out"]) {
        context throws(TaskError) in
        if !FileTree(context.root).exists("late") {
          try Self.write(context, "late/x.txt", "too late")
        }
        try Self.write(context, "out", "made without it")
        return ""
      }
      let run = await fixture.run(try graph(task))
      #expect(
        run.warnings == ["`late/x.txt` changed while the task ran, so its result is not kept"])
      #expect(await fixture.run(try graph(task)).executed == ["a"])
      #expect(await fixture.run(try graph(task)).executed == [])
    }
  }

  @Test func `a failure after a good run is not up to date, outputs or not`() async throws {
    try await TaskFixture.with { fixture in
      let fails = Mutex(false)
      let task = WorkTask("a", outputs: ["out/*.o"]) { context throws(TaskError) in
        if fails.withLock({ $0 }) { throw TaskError(.exited(1), "no") }
        try Self.write(context, "out/a.o", "good")
        return ""
      }
      let graph = try graph(task)
      _ = await fixture.run(graph)
      fails.withLock { $0 = true }
      try FileTree.remove(fixture.cache.root)
      try fixture.project.remove("out")
      #expect(await fixture.run(graph).outcomes["a"]?.word == "failed")
      #expect(await fixture.run(graph).outcomes["a"]?.word == "failed")
      fails.withLock { $0 = false }
      let healed = await fixture.run(graph)
      #expect(healed.executed == ["a"])
      #expect(healed.reason(of: "a") == .lastRunFailed)
      #expect(try fixture.project.text("out/a.o") == "good")
    }
  }

  @Test func `a failed run leaves the outputs of the good one`() async throws {
    try await TaskFixture.with { fixture in
      let fails = Mutex(false)
      func whole(_ argument: String) throws -> Graph {
        try graph(
          WorkTask("a", [argument], outputs: ["out/*.o"]) { context throws(TaskError) in
            if fails.withLock({ $0 }) { throw TaskError(.exited(1), "no") }
            try Self.write(context, "out/a.o", "good")
            return ""
          })
      }
      _ = await fixture.run(try whole("1"))
      fails.withLock { $0 = true }
      #expect(await fixture.run(try whole("2")).outcomes["a"]?.word == "failed")
      #expect(try fixture.project.text("out/a.o") == "good")
      #expect(FileTree.names(in: fixture.state.temporary).isEmpty)
    }
  }

  @Test func `what is not made any more goes, and foreign files stay`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("src/a.txt", "a")
      try fixture.project.write("src/b.txt", "b")
      let graph = try graph(compiling())
      _ = await fixture.run(graph)
      try fixture.project.write("out/mine.md", "mine")
      try fixture.project.remove("src/b.txt")
      #expect(await fixture.run(graph).executed == ["compile"])
      #expect(
        try fixture.project.contents().keys.sorted() == ["out/a.o", "out/mine.md", "src/a.txt"])
      // The same on the way of the cache: there and back again.
      try fixture.project.write("src/b.txt", "b")
      #expect(await fixture.run(graph).executed == [])
      #expect(fixture.project.exists("out/b.o"))
      try fixture.project.remove("src/b.txt")
      #expect(await fixture.run(graph).executed == [])
      #expect(
        try fixture.project.contents().keys.sorted() == ["out/a.o", "out/mine.md", "src/a.txt"])
    }
  }

  @Test func `an output that is not made is a failure though the task succeeded`() async throws {
    try await TaskFixture.with { fixture in
      let run = await fixture.run(try graph(WorkTask("a", outputs: ["out/a"])))
      #expect(run.error(of: "a")?.code == .fileMissing("out/a"))
      let none = await fixture.run(try graph(WorkTask("b", outputs: ["out/*.o"])))
      #expect(none.executed == ["b"])
      #expect(none.warnings == ["no file matches its outputs `out/*.o`"])
    }
  }

  @Test func `an input that is not there is a failure and says so`() async throws {
    try await TaskFixture.with { fixture in
      let run = await fixture.run(try graph(WorkTask("a", inputs: ["src/none.txt"])))
      #expect(run.error(of: "a")?.code == .fileMissing("src/none.txt"))
    }
  }

  @Test func `a cache that cannot be written costs one warning`() async throws {
    try await TaskFixture.with { fixture in
      // A file where its directory should be: root may write into any directory.
      try FileTree(fixture.cache.root.removingLastComponent()).write("c", "")
      let graph = try graph(writing("a", "out/a", "1"), writing("b", "out/b", "2"))
      let run = await fixture.run(graph)
      #expect(run.result.report.isSuccess)
      #expect(run.executed == ["a", "b"])
      #expect(run.warnings.count == 1, "\(run.warnings.joined(separator: " · "))")
      #expect(try fixture.project.text("out/b") == "2")
      // The outputs stand, so that even now nothing is to be done.
      #expect(await fixture.run(graph).executed == [])
    }
  }

  @Test func `a cache that goes away in a run does no harm`() async throws {
    try await TaskFixture.with { fixture in
      let cache = fixture.cache.root
      let task = WorkTask("b", outputs: ["out/b"]) { context throws(TaskError) in
        do { try FileTree.remove(cache) } catch { throw TaskError(.files, "\(error)") }
        try Self.write(context, "out/b", "2")
        return ""
      }
      let graph = try graph(writing("a", "out/a", "1"), task, writing("c", "out/c", "3"))
      let run = await fixture.run(graph)
      #expect(run.executed == ["a", "b", "c"])
      #expect(run.warnings.count <= 1)
      #expect(await fixture.run(graph).executed == [])
      try fixture.project.remove("out")
      #expect(await fixture.run(graph).executed == ["a"])
    }
  }

  @Test func `a variable that is declared counts, and no other`() async throws {
    try await TaskFixture.with { fixture in
      let graph = try graph(WorkTask("a", variables: ["NAME", "UNSET"]))
      _ = await fixture.run(graph, environment: ["NAME": "1", "OTHER": "1"])
      #expect(await fixture.run(graph, environment: ["NAME": "1", "OTHER": "2"]).executed == [])
      let changed = await fixture.run(graph, environment: ["NAME": "2", "OTHER": "2"])
      #expect(changed.executed == ["a"])
      // Empty is not the same as absent.
      #expect(await fixture.run(graph, environment: ["NAME": "2", "UNSET": ""]).executed == ["a"])
    }
  }

  @Test func `only the second of two inputs changed, and content changed places`() async throws {
    try await TaskFixture.with { fixture in
      for name in ["d1/x", "d2/x"] {
        try fixture.project.write(name, "same")
        try fixture.project.setModified(name, 1_000_000_000)
      }
      let graph = try graph(WorkTask("a", inputs: ["d1/x", "d2/x"]))
      _ = await fixture.run(graph)
      try fixture.project.write("d2/x", "else")
      try fixture.project.setModified("d2/x", 1_000_000_000)
      #expect(await fixture.run(graph).executed == ["a"])
      try fixture.project.rename("d1/x", to: "d3")
      try fixture.project.rename("d2/x", to: "d1/x")
      try fixture.project.rename("d3", to: "d2/x")
      #expect(await fixture.run(graph).executed == ["a"])
    }
  }

  @Test func `a damaged blob is made again and never restored`() async throws {
    try await TaskFixture.with { fixture in
      let graph = try graph(writing("a", "out/a", "right"))
      _ = await fixture.run(graph)
      for name in try fixture.cache.files() where name.hasPrefix("cas/") {
        try fixture.cache.write(name, "wrong", mode: 0o444)
      }
      try fixture.project.remove("out/a")
      let run = await fixture.run(graph)
      #expect(run.executed == ["a"])
      #expect(try fixture.project.text("out/a") == "right")
    }
  }

  @Test func `a run without anything to do proves it once the clock has moved on`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("src/a.txt", "a")
      try fixture.project.setModified("src/a.txt", 1_000_000_000)
      let graph = try graph(compiling(["NAME"]))
      _ = await fixture.run(graph)
      var proof: RunResult.Proof?
      for _ in 0..<10_000 where proof == nil { proof = await fixture.run(graph).result.proof }
      let found = try #require(proof)
      #expect(Set(found.reads.files.keys) == ["src", "src/a.txt", "out/a.o"])
      #expect(Array(found.reads.variables.keys) == ["NAME"])
    }
  }
}
