// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Suites that share hosts run one after the other; those that share none run beside each other.

import Synchronization
import Testing

/// Lets one suite of a lane run at a time.
struct Lane: SuiteTrait, TestScoping {
  /// What the suites of a lane share.
  enum Shared {
    /// Hosts that tests cut off, kill, fill and load.
    case harmedHosts
    /// Hosts that stay well.
    case steadyHosts
    /// The engine of this machine.
    case engine
  }

  private static let turns: [Shared: Turn] = [
    .harmedHosts: Turn(), .steadyHosts: Turn(), .engine: Turn(),
  ]

  let shared: Shared

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    guard let turn = Self.turns[shared] else { return try await function() }
    await turn.take()
    do {
      try await function()
    } catch {
      turn.pass()
      throw error
    }
    turn.pass()
  }

  /// Whose turn it is, in the order of asking.
  private final class Turn: Sendable {
    private let state = Mutex<(isTaken: Bool, waiting: [CheckedContinuation<Void, Never>])>(
      (false, []))

    func take() async {
      await withCheckedContinuation { continuation in
        let isOurs = state.withLock { state in
          if state.isTaken {
            state.waiting.append(continuation)
            return false
          }
          state.isTaken = true
          return true
        }
        if isOurs { continuation.resume() }
      }
    }

    func pass() {
      let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard !state.waiting.isEmpty else {
          state.isTaken = false
          return nil
        }
        return state.waiting.removeFirst()
      }
      next?.resume()
    }
  }
}

extension Trait where Self == Lane {
  /// Runs the suite when no other suite of its lane runs.
  static func lane(_ shared: Lane.Shared) -> Lane { Lane(shared: shared) }
}
