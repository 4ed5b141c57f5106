// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Timeouts and retries around one piece of work. Knows no graph and no cache.

/// Runs work under a time limit, again after failures.
struct Attempts: Sendable {
  let timeout: Duration?
  let retries: Int
  let pause: Duration
  /// Called before each further attempt.
  let onRetry: @Sendable (_ attempt: Int, _ of: Int, _ after: Duration, TaskError) -> Void

  /// Runs `work` until it succeeds, is cancelled, or no attempt is left.
  func run<Value: Sendable>(
    _ work: @escaping @Sendable () async throws(TaskError) -> Value
  ) async -> Result<Value, TaskError> {
    var pause = self.pause
    var attempt = 1
    while true {
      let result = await limited(work)
      guard case .failure(let error) = result, attempt <= retries, error.code != .cancelled else {
        return result
      }
      attempt += 1
      onRetry(attempt, retries + 1, pause, error)
      do {
        try await Task.sleep(for: pause)
      } catch {
        return .failure(.interrupted)
      }
      pause *= 2
    }
  }

  private func limited<Value: Sendable>(
    _ work: @escaping @Sendable () async throws(TaskError) -> Value
  ) async -> Result<Value, TaskError> {
    guard let timeout else { return await Self.result(of: work) }
    return await withTaskGroup(of: Result<Value, TaskError>?.self) { group in
      group.addTask { await Self.result(of: work) }
      group.addTask {
        // Ends early when the work is done first and the group is cancelled.
        guard (try? await Task.sleep(for: timeout)) != nil else { return nil }
        return .failure(
          TaskError(
            .timedOut(timeout), "it took longer than the \(timeout) that its `timeout` allows",
            hint: "raise it, or see in the log what it waits for"))
      }
      var ended: Result<Value, TaskError>?
      for await result in group {
        // The first to end decides; the other one is told to stop and then waited for.
        if let result, ended == nil { ended = result }
        group.cancelAll()
      }
      return ended ?? .failure(.interrupted)
    }
  }

  private static func result<Value: Sendable>(
    of work: @Sendable () async throws(TaskError) -> Value
  ) async -> Result<Value, TaskError> {
    do throws(TaskError) {
      return .success(try await work())
    } catch {
      return .failure(error)
    }
  }
}
