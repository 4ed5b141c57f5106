// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves how often work is tried, how long the pauses are, and what a timeout and an interruption do.

import Synchronization
import Testing

@testable import TaskGraph

struct AttemptsTests {
  private final class Counter: Sendable {
    private let state = Mutex<(calls: Int, retries: [String])>((0, []))

    var calls: Int { state.withLock { $0.calls } }
    var retries: [String] { state.withLock { $0.retries } }

    func next() -> Int {
      state.withLock { state in
        state.calls += 1
        return state.calls
      }
    }

    func note(_ text: String) { state.withLock { $0.retries.append(text) } }
  }

  private func attempts(
    retries: Int, timeout: Duration? = nil, pause: Duration = .microseconds(10), _ counter: Counter
  ) -> Attempts {
    Attempts(timeout: timeout, retries: retries, pause: pause) { attempt, count, pause, error in
      counter.note("\(attempt)/\(count) after \(pause): \(error.message)")
    }
  }

  @Test func `work that succeeds is done once`() async throws {
    let counter = Counter()
    let result = await attempts(retries: 3, counter).run { () throws(TaskError) in counter.next() }
    #expect(try result.get() == 1)
    #expect(counter.retries.isEmpty)
  }

  @Test func `each pause is twice the one before`() async throws {
    let counter = Counter()
    let result = await attempts(retries: 3, counter).run { () throws(TaskError) in
      let call = counter.next()
      guard call == 4 else { throw TaskError(.exited(1), "no \(call)") }
      return call
    }
    #expect(try result.get() == 4)
    #expect(
      counter.retries == [
        "2/4 after 1e-05 seconds: no 1", "3/4 after 2e-05 seconds: no 2",
        "4/4 after 4e-05 seconds: no 3",
      ])
  }

  @Test func `the last error is the one that counts`() async {
    let counter = Counter()
    let result = await attempts(retries: 2, counter).run { () throws(TaskError) -> Int in
      throw TaskError(.exited(1), "no \(counter.next())")
    }
    #expect(throws: TaskError(.exited(1), "no 3")) { try result.get() }
    #expect(counter.calls == 3)
  }

  @Test func `an interruption is not tried again`() async {
    let counter = Counter()
    let result = await attempts(retries: 5, counter).run { () throws(TaskError) -> Int in
      _ = counter.next()
      throw TaskError(.cancelled, "the run was interrupted")
    }
    #expect(counter.calls == 1)
    #expect(throws: TaskError.self) { try result.get() }
  }

  @Test func `an interruption ends the pause`() async {
    let counter = Counter()
    let attempts = attempts(retries: 1, pause: .seconds(3600), counter)
    let task = Task {
      await attempts.run { () throws(TaskError) -> Int in
        withUnsafeCurrentTask { $0?.cancel() }
        throw TaskError(.exited(1), "no")
      }
    }
    let result = await task.value
    #expect(throws: TaskError(.cancelled, "the run was interrupted")) { try result.get() }
  }

  @Test func `work over its time is cancelled, and may be tried again`() async {
    let counter = Counter()
    let result = await attempts(retries: 1, timeout: .milliseconds(2), counter).run {
      () async throws(TaskError) -> Int in
      _ = counter.next()
      do {
        try await Task.sleep(for: .seconds(3600))
        return 0
      } catch {
        throw TaskError(.cancelled, "the run was interrupted")
      }
    }
    #expect(counter.calls == 2)
    guard case .failure(let error) = result else {
      Issue.record("it succeeded")
      return
    }
    #expect(error.code == .timedOut(.milliseconds(2)))
  }

  @Test func `work within its time is not waited for longer`() async throws {
    let counter = Counter()
    let result = await attempts(retries: 0, timeout: .seconds(3600), counter).run {
      () throws(TaskError) in counter.next()
    }
    #expect(try result.get() == 1)
  }
}
