// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves how a run goes: failures, retries, interruptions, limits, and that the report names every
// task. Hits and outputs are proved in ReuseTests.

import Cache
import Synchronization
import TaskGraph
import TestSupport
import Testing

struct ExecutorTests {
  /// How many tasks run at this moment, and how many ran at most.
  private final class Gauge: Sendable {
    private let state = Mutex<(now: Int, most: Int)>((0, 0))
    var most: Int { state.withLock { $0.most } }

    func enter() {
      state.withLock { state in
        state.now += 1
        state.most = max(state.most, state.now)
      }
    }

    func leave() { state.withLock { $0.now -= 1 } }
  }

  private func failing(_ id: String) -> WorkTask {
    WorkTask(id) { context throws(TaskError) in
      context.log("it went wrong", .error)
      throw TaskError(.exited(3), "`\(id)` exited with status 3")
    }
  }

  @Test func `a failure skips only what depends on it when the rest is to go on`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      try graph.add(failing("bad"))
      try graph.add(WorkTask("child"), after: [TaskID("bad")])
      try graph.add(WorkTask("grandchild"), after: [TaskID("child")])
      try graph.add(WorkTask("free"))
      try graph.add(WorkTask("after"), after: [TaskID("free")])
      let run = await fixture.run(graph, RunOptions(keepsGoing: true))
      #expect(run.executed == ["after", "free"])
      #expect(run.outcomes["child"] == .skipped(because: TaskID("bad")))
      #expect(run.outcomes["grandchild"] == .skipped(because: TaskID("bad")))
      #expect(!run.result.report.isSuccess)
      #expect(run.result.report.failures.map(\.id.text) == ["bad"])
      #expect(run.result.proof == nil)
    }
  }

  @Test func `a failure stops everything that has not started, and what runs may end`() async throws
  {
    try await TaskFixture.with { fixture in
      let (gate, open) = AsyncStream<Void>.makeStream()
      var graph = Graph()
      let pool = TaskPolicy(pool: .cpu(2))
      try graph.add(
        WorkTask("running") { _ in
          for await _ in gate {}
          return ""
        }, policy: pool)
      try graph.add(failing("bad"), policy: pool)
      try graph.add(WorkTask("never"), policy: pool)
      let run = await fixture.run(graph) { event in
        if case .finished(TaskID("never"), _, _) = event.kind { open.finish() }
      }
      #expect(run.executed == ["running"])
      #expect(run.outcomes["never"] == .skipped(because: TaskID("bad")))
      let again = await fixture.run(graph)
      #expect(again.outcomes["running"]?.word == "hit")
    }
  }

  @Test func `a failed task says what it wrote last, and its log is not lost`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      try graph.add(failing("bad"))
      let run = await fixture.run(graph)
      #expect(run.error(of: "bad")?.code == .exited(3))
      #expect(run.error(of: "bad")?.logTail == ["it went wrong"])
      #expect(run.lines == ["stderr it went wrong"])
    }
  }

  @Test func `a task that fails and then succeeds is retried with growing pauses`() async throws {
    try await TaskFixture.with { fixture in
      let calls = Mutex(0)
      var graph = Graph()
      try graph.add(
        WorkTask("flaky") { _ throws(TaskError) in
          let call = calls.withLock { calls in
            calls += 1
            return calls
          }
          if call < 3 { throw TaskError(.unavailable("engine"), "no \(call)") }
          return ""
        }, policy: TaskPolicy(retries: 2))
      let run = await fixture.run(graph, RunOptions(retryPause: .microseconds(10)))
      #expect(run.executed == ["flaky"])
      let pauses = run.events.compactMap { event -> Duration? in
        if case .retrying(_, _, _, let pause, _) = event.kind { pause } else { nil }
      }
      #expect(pauses == [.microseconds(10), .microseconds(20)])
    }
  }

  @Test func `a task over its time fails and is not stored`() async throws {
    try await TaskFixture.with { fixture in
      let isSlow = Mutex(true)
      var graph = Graph()
      try graph.add(
        WorkTask("slow") { _ throws(TaskError) in
          guard isSlow.withLock({ $0 }) else { return "" }
          do {
            try await Task.sleep(for: .seconds(3600))
          } catch {
            throw TaskError(.cancelled, "the run was interrupted")
          }
          return ""
        }, policy: TaskPolicy(timeout: .milliseconds(3)))
      let run = await fixture.run(graph)
      #expect(run.error(of: "slow")?.code == .timedOut(.milliseconds(3)))
      #expect(!run.result.report.wasInterrupted)
      isSlow.withLock { $0 = false }
      #expect(await fixture.run(graph).executed == ["slow"])
    }
  }

  @Test func `an interruption between two tasks is no success`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      try graph.add(WorkTask("first"))
      try graph.add(WorkTask("second"), after: [TaskID("first")])
      let whole = graph
      let run = await Task {
        await fixture.run(whole) { event in
          if case .finished(TaskID("first"), _, _) = event.kind {
            withUnsafeCurrentTask { $0?.cancel() }
          }
        }
      }.value
      #expect(run.result.report.wasInterrupted)
      #expect(!run.result.report.isSuccess)
      #expect(run.outcomes["first"]?.word == "executed")
      #expect(run.outcomes["second"] == .cancelled)
      #expect(run.result.report.counts.cancelled == 1)
    }
  }

  @Test func `an interrupted task is cancelled, not failed, and runs again`() async throws {
    try await TaskFixture.with { fixture in
      let waits = Mutex(true)
      var graph = Graph()
      try graph.add(
        WorkTask("long", outputs: ["out/a"]) { context throws(TaskError) in
          do {
            try FileTree(context.root).write("out/a", "half")
            if waits.withLock({ $0 }) {
              withUnsafeCurrentTask { $0?.cancel() }
              try await Task.sleep(for: .seconds(3600))
            }
          } catch {
            throw TaskError(.cancelled, "the run was interrupted")
          }
          return ""
        })
      try graph.add(WorkTask("next"), after: [TaskID("long")])
      let run = await fixture.run(graph, RunOptions(keepsGoing: true))
      #expect(run.outcomes["long"] == .cancelled)
      #expect(run.outcomes["next"] == .cancelled)
      waits.withLock { $0 = false }
      #expect(await fixture.run(graph).executed == ["long", "next"])
    }
  }

  @Test(arguments: [1, 64])
  func `a task that many wait for runs once`(jobs: Int) async throws {
    try await TaskFixture.with { fixture in
      let runs = Mutex(0)
      let gauge = Gauge()
      let policy = TaskPolicy(pool: .cpu(jobs))
      var graph = Graph()
      let base = try graph.add(
        WorkTask("base") { _ in
          runs.withLock { $0 += 1 }
          return ""
        }, policy: policy)
      var middle: [TaskID] = []
      for number in 0..<20 {
        let task = WorkTask("m\(number)") { _ in
          gauge.enter()
          await Task.yield()
          gauge.leave()
          return ""
        }
        middle.append(try graph.add(task, after: [base.id], policy: policy).id)
      }
      try graph.add(WorkTask("top"), after: middle + [base.id], policy: policy)
      let run = await fixture.run(graph)
      #expect(run.executed.count == 22)
      #expect(runs.withLock { $0 } == 1)
      #expect(gauge.most <= jobs)
      #expect(run.result.report.entries.map(\.id) == graph.nodes.map(\.id))
    }
  }

  @Test func `a forced task runs though its result stands`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      try graph.add(WorkTask("a"))
      try graph.add(WorkTask("b"), after: [TaskID("a")])
      _ = await fixture.run(graph)
      let run = await fixture.run(graph, RunOptions(force: try Glob(patterns: ["a"])))
      // What it made is as it was, so that the next one is a hit.
      #expect(run.executed == ["a"])
      #expect(run.reason(of: "a") == .forced)
    }
  }

  @Test func `a value goes to those that depend on it, and to no one else`() async throws {
    try await TaskFixture.with { fixture in
      var graph = Graph()
      let a = try graph.add(WorkTask("a") { _ in "seven" })
      try graph.add(
        WorkTask("b") { context throws(TaskError) in try context.output(of: a) + " of nine" },
        after: [a.id])
      try graph.add(WorkTask("c") { context throws(TaskError) in try context.output(of: a) })
      let run = await fixture.run(graph, RunOptions(keepsGoing: true))
      #expect(run.error(of: "c")?.code == .invariant)
      let index = TaskIndex.load(fixture.state.taskIndex)
      #expect(index["b"].flatMap { String.read($0.value) } == "seven of nine")
    }
  }

  @Test func `a single value is computed once and then read`() async throws {
    try await TaskFixture.with { fixture in
      let calls = Mutex(0)
      let task = WorkTask("v") { _ in
        calls.withLock { $0 += 1 }
        return "value"
      }
      let executor = Executor(
        state: fixture.open(), commands: RecordingRunner(), environment: [:], options: RunOptions())
      var index = TaskIndex()
      let first = try await executor.value(of: task, runID: "run", index: &index)
      let second = try await executor.value(of: task, runID: "run", index: &index)
      #expect([first, second] == ["value", "value"])
      #expect(calls.withLock { $0 } == 1)
      await #expect(throws: TaskError.self) {
        var empty = TaskIndex()
        _ = try await executor.value(of: failing("bad"), runID: "run", index: &empty)
      }
    }
  }
}
