// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that a plan says what a run does, and that making it leaves no trace.

import Cache
import TaskGraph
import TestSupport
import Testing

struct EvaluatorTests {
  private func copy(_ id: String, from source: String, to target: String) -> WorkTask {
    WorkTask(id, inputs: [source], outputs: [target]) { context throws(TaskError) in
      do {
        let tree = FileTree(context.root)
        try tree.write(target, try tree.text(source) ?? "")
      } catch {
        throw TaskError(.files, "\(error)")
      }
      return ""
    }
  }

  private func chain() throws -> Graph {
    var graph = Graph()
    try graph.add(copy("a", from: "in", to: "out/a"))
    try graph.add(copy("b", from: "out/a", to: "out/b"), after: [TaskID("a")])
    return graph
  }

  private func statuses(_ plan: [String: PlanEntry]) -> [String: PlanEntry.Status] {
    plan.mapValues(\.status)
  }

  @Test func `two plans leave every byte and every time as they were`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("in", "1")
      let graph = try chain()
      // A project in which nothing ran: not even the directory is made.
      _ = await fixture.plan(graph)
      #expect(!fixture.project.exists(".stagecraft"))
      #expect(!fixture.cache.exists("."))
      _ = await fixture.run(graph)
      try fixture.project.write("in", "2")
      let project = try fixture.project.fingerprint()
      let cache = try fixture.cache.fingerprint()
      for _ in 0..<2 {
        #expect(statuses(await fixture.plan(graph)) == ["a": .run, "b": .maybe])
      }
      #expect(try fixture.project.fingerprint() == project)
      #expect(try fixture.cache.fingerprint() == cache)
      #expect(await fixture.run(graph).executed == ["a", "b"])
    }
  }

  @Test func `a plan says why`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("in", "1")
      let graph = try chain()
      let first = await fixture.plan(graph)
      #expect(first["a"]?.reason == .neverRan)
      #expect(first["b"]?.reason == .neverRan)
      _ = await fixture.run(graph)
      let second = await fixture.plan(graph)
      #expect(second.values.allSatisfy { $0.status == .hit && $0.reason == .unchanged })
      #expect(second["a"]?.inputs == ["in"])
      #expect(second["b"]?.dependsOn == [TaskID("a")])
      try fixture.project.write("in", "2")
      let third = await fixture.plan(graph)
      guard case .changed(let changes) = third["a"]?.reason else {
        Issue.record("\(third)")
        return
      }
      #expect(changes.map(\.name) == ["in"])
      #expect(third["b"]?.reason == .upstreamRuns([TaskID("a")]))
      let forced = await fixture.plan(graph, RunOptions(force: try Glob(patterns: ["b"])))
      #expect(forced["b"]?.reason == .forced)
    }
  }

  @Test func `outputs that will come back count as if they were there`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("in", "1")
      let graph = try chain()
      _ = await fixture.run(graph)
      try fixture.project.remove("out")
      #expect(statuses(await fixture.plan(graph)) == ["a": .hit, "b": .hit])
      try fixture.project.write("out/a", "edited")
      #expect(statuses(await fixture.plan(graph)) == ["a": .hit, "b": .hit])
      // A fresh clone beside a warm cache.
      try fixture.project.remove(".stagecraft")
      try fixture.project.remove("out")
      let plan = await fixture.plan(graph)
      #expect(statuses(plan) == ["a": .hit, "b": .hit])
      #expect(plan["b"]?.reason == .cached)
      #expect(await fixture.run(graph).executed == [])
      #expect(try fixture.project.text("out/b") == "1")
    }
  }

  @Test func `what an upstream will make anew is no reason of one's own`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("in", "1")
      let graph = try chain()
      _ = await fixture.run(graph)
      try FileTree.remove(fixture.cache.root)
      try fixture.project.write("out/a", "edited")
      let plan = await fixture.plan(graph)
      #expect(plan["a"]?.reason == .outputChanged("out/a"))
      #expect(statuses(plan) == ["a": .run, "b": .maybe])
      #expect(await fixture.run(graph).executed == ["a"])
    }
  }

  @Test func `an effect is planned by its receipt and an observation always runs`() async throws {
    try await TaskFixture.with { fixture in
      func graph(_ argument: String) throws -> Graph {
        var graph = Graph()
        let look = try graph.add(LookTask("look") { "" })
        try graph.add(DeployTask("deploy", [argument], seen: look) { _, _ in }, after: [look.id])
        return graph
      }
      #expect(statuses(await fixture.plan(try graph("1"))) == ["look": .run, "deploy": .run])
      _ = await fixture.run(try graph("1"))
      let plan = await fixture.plan(try graph("1"))
      #expect(statuses(plan) == ["look": .run, "deploy": .hit])
      #expect(plan["deploy"]?.reason == .recorded)
      #expect(plan["look"]?.reason == .alwaysObserves)
      #expect(statuses(await fixture.plan(try graph("2"))) == ["look": .run, "deploy": .run])
    }
  }
}
