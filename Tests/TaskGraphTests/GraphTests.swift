// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what a graph takes, and which part of it a goal needs.

import TaskGraph
import TestSupport
import Testing

struct GraphTests {
  @Test func `a name stands for one task`() throws {
    var graph = Graph()
    try graph.add(WorkTask("a"))
    #expect(throws: GraphError.duplicateTask(TaskID("a"))) { try graph.add(WorkTask("a")) }
    #expect(graph.nodes.count == 1)
  }

  @Test func `a task waits only for tasks that are there`() throws {
    var graph = Graph()
    #expect(throws: GraphError.unknownTask(TaskID("b"), neededBy: TaskID("a"))) {
      try graph.add(WorkTask("a"), after: [TaskID("b")])
    }
    // A task cannot wait for itself either, so there is no way to write a cycle.
    #expect(throws: GraphError.unknownTask(TaskID("a"), neededBy: TaskID("a"))) {
      try graph.add(WorkTask("a"), after: [TaskID("a")])
    }
  }

  @Test func `names that look alike are different tasks`() throws {
    var graph = Graph()
    let names = ["a:b", "a-b", "a/b", "a b", "A/b"]
    for name in names { try graph.add(WorkTask(name)) }
    #expect(Set(names.compactMap { graph.position(of: TaskID($0)) }).count == 5)
  }

  @Test func `a dependency counts once`() throws {
    var graph = Graph()
    let a = try graph.add(WorkTask("a")).id
    let b = try graph.add(WorkTask("b")).id
    try graph.add(WorkTask("c"), after: [b, a, b, a])
    #expect(graph.nodes[2].dependencies == [0, 1])
  }

  @Test func `a subgraph is what a goal needs, in the same order`() throws {
    var graph = Graph()
    let a = try graph.add(WorkTask("a")).id
    let b = try graph.add(WorkTask("b")).id
    let c = try graph.add(WorkTask("c"), after: [b]).id
    try graph.add(WorkTask("d"), after: [a])
    let e = try graph.add(WorkTask("e"), after: [c, b], policy: TaskPolicy(phase: "x")).id
    let part = graph.subgraph(reaching: [e, TaskID("unknown")])
    #expect(part.nodes.map(\.id.text) == ["b", "c", "e"])
    #expect(part.nodes.map(\.dependencies) == [[], [0], [0, 1]])
    #expect(part.nodes[2].policy.phase == "x")
    #expect(part.position(of: e) == 2)
    #expect(part.position(of: a) == nil)
    #expect(graph.subgraph(reaching: []).nodes.isEmpty)
  }
}
