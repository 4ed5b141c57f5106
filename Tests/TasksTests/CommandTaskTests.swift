// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves with real commands what a task of the user reads, sees and leaves.

import Cache
import TaskGraph
import Tasks
import TestSupport
import Testing

struct CommandTaskTests {
  private func task(
    _ script: CommandTask.Script, directory: String = ".", inputs: [String] = [],
    outputs: [String] = [], variables: [CommandTask.Variable] = []
  ) -> CommandTask {
    CommandTask(
      id: TaskID("t"), script: script, directory: directory, inputs: inputs, outputs: outputs,
      variables: variables)
  }

  private func graph(_ task: CommandTask) throws -> Graph {
    var graph = Graph()
    try graph.add(task)
    return graph
  }

  private let environment = ["PATH": "/usr/bin:/bin", "NAME": "value", "SECRET": "hidden"]

  @Test func `a command sees what was declared and nothing else`() async throws {
    try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
      let task = task(
        .shell("echo \"$NAME $FIXED ${SECRET-unset} ${ABSENT-unset}\" > out"), outputs: ["out"],
        variables: [.passed("NAME"), .fixed("FIXED", "f"), .passed("ABSENT")])
      let run = await fixture.run(try graph(task), environment: environment)
      #expect(run.executed == ["t"], "\(run.outcomes)")
      #expect(try fixture.project.text("out") == "value f unset unset\n")
    }
  }

  @Test func `arguments reach the program as they are`() async throws {
    try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
      let task = task(.arguments(["printf", "%s|", "a b", "$HOME", "*", "", "'"]))
      let run = await fixture.run(try graph(task), environment: environment)
      #expect(run.lines == ["stdout a b|$HOME|*||'|"])
    }
  }

  @Test func `a working directory is where inputs, outputs and the command are`() async throws {
    try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
      try fixture.project.write("sub/in", "text")
      let task = task(
        .shell("cp in out"), directory: "sub", inputs: ["in"], outputs: ["out"])
      let graph = try graph(task)
      #expect(await fixture.run(graph, environment: environment).executed == ["t"])
      try fixture.project.remove("sub/out")
      #expect(await fixture.run(graph, environment: environment).executed == [])
      #expect(try fixture.project.text("sub/out") == "text")
    }
  }

  @Test func `whatever a command depends on makes it run again`() async throws {
    try await TaskFixture.with { fixture in
      try fixture.project.write("in", "1")
      func run(_ task: CommandTask, _ more: [String: String] = [:]) async throws -> [String] {
        await fixture.run(
          try graph(task), environment: environment.merging(more) { _, new in new }
        ).executed
      }
      let base = task(.shell("true"), inputs: ["in"], variables: [.passed("NAME")])
      #expect(try await run(base) == ["t"])
      #expect(try await run(base) == [])
      #expect(try await run(base, ["UNDECLARED": "x", "HOME": "/elsewhere"]) == [])
      #expect(try await run(base, ["NAME": "other"]) == ["t"])
      for other in [
        task(.shell("true "), inputs: ["in"], variables: [.passed("NAME")]),
        task(.arguments(["true"]), inputs: ["in"], variables: [.passed("NAME")]),
        task(.shell("true"), inputs: ["in"]),
        task(.shell("true"), inputs: ["in"], variables: [.fixed("NAME", "third")]),
        task(.shell("true"), inputs: ["in"], variables: [.passed("NAME"), .passed("MORE")]),
      ] { #expect(try await run(other) == ["t"]) }
      try fixture.project.write("in", "2")
      #expect(try await run(base) == ["t"])
    }
  }

  @Test func `a command that fails names itself and its last lines`() async throws {
    try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
      let run = await fixture.run(
        try graph(task(.shell("seq 30; echo bad >&2; exit 4"))), environment: environment)
      let error = try #require(run.error(of: "t"))
      #expect(error.code == .exited(4))
      #expect(error.message == "`sh` exited with status 4")
      #expect(error.command == "sh -c 'seq 30; echo bad >&2; exit 4'")
      #expect(error.logTail.count == 20)
    }
  }
}
