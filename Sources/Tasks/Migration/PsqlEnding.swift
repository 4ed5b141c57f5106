// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Ends a session in the database where the work that it does is no longer wanted, instead of ending the
// psql that waits for it: a server goes on with what it was told. Knows no transport.

import Synchronization
import TaskGraph

/// Ends one session of a database when the task that waits for it is cancelled.
struct PsqlEnding: Sendable {
  /// How long that may take.
  static let seconds = 20
  /// After so many requests to cancel a statement the session itself is ended.
  private static let patience = 5

  /// Whether the work is over.
  private final class Mark: Sendable {
    let hasEnded = Mutex(false)
  }

  private let session: String
  private let send: @Sendable ([UInt8]) async -> Void

  /// `session` is its `application_name`; `send` has SQL carried out in another session.
  init(_ session: String, send: @escaping @Sendable ([UInt8]) async -> Void) {
    self.session = session
    self.send = send
  }

  /// Does `work`, which ends by itself when its session does.
  func guarding(
    _ work: @escaping @Sendable () async throws(TaskError) -> String
  ) async throws(TaskError) -> String {
    if Task.isCancelled { throw TaskError.interrupted }
    let mark = Mark()
    // A task of its own is not cancelled with the one that waits for it.
    let running = Task {
      let result = await Psql.result(of: work)
      mark.hasEnded.withLock { $0 = true }
      return result
    }
    let result = await withTaskCancellationHandler {
      await running.value
    } onCancel: {
      Task {
        let begin = ContinuousClock.now
        var round = 0
        // More than once: it may be between two statements, or only just connecting.
        while ContinuousClock.now - begin < .seconds(Self.seconds) {
          if mark.hasEnded.withLock({ $0 }) { return }
          await send(request(isLast: round >= Self.patience))
          round += 1
          // The pace of the requests; nobody cancels this one.
          try? await Task.sleep(for: .seconds(1))
        }
        running.cancel()
      }
    }
    return try result.get()
  }

  private func request(isLast: Bool) -> [UInt8] {
    let function = isLast ? "pg_terminate_backend" : "pg_cancel_backend"
    return Array(
      """
      SELECT pg_catalog.\(function)(pid) FROM pg_catalog.pg_stat_activity
      WHERE application_name = \(SQLText.literal(session)) AND pid <> pg_catalog.pg_backend_pid();

      """.utf8)
  }
}
