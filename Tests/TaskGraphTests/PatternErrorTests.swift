// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that a pattern which is none fails the task that has it, and names the task.

import TaskGraph
import TestSupport
import Testing

struct PatternErrorTests {
  @Test func `a pattern of inputs that is none is told with its task`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      try graph.add(WorkTask("t", inputs: ["[z"]))
      let error = try #require(await fixture.run(graph).error(of: "t"))
      #expect(error.code == .input)
      #expect(
        error.message
          == "a pattern of `t` is not valid: pattern `[z` cannot be used: its brackets make no set")
    }
  }

  @Test func `a pattern of outputs that is none is told with its task`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      try graph.add(WorkTask("t", outputs: ["[z"]))
      let error = try #require(await fixture.run(graph).error(of: "t"))
      #expect(error.code == .input)
      #expect(
        error.message
          == "an output pattern of `t` is not valid: pattern `[z` cannot be used: its brackets make no set"
      )
    }
  }
}
