// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which steps of this process are at work on hosts, and which of them did not come to their end: for
// what is said when a run is interrupted. Runs nothing.

import Synchronization

/// The steps of a process on hosts.
package final class HostWork: Sendable {
  /// The steps of this process.
  package static let shared = HostWork()

  /// How a step ended that is not done.
  package enum End: Sendable, Hashable {
    /// It stopped at a safe point, because it was asked to.
    case stopped
    /// Nobody hears of it; it goes on by itself.
    case unheard
  }

  /// One step.
  package struct Step: Sendable, Hashable {
    package let host: String
    /// ``replacing `web` ``.
    package let words: String
    /// Seconds it may take in all.
    package let limit: Int
    fileprivate let stops: Int?
    fileprivate let since: ContinuousClock.Instant

    /// Seconds that it may still take where it is asked to stop now.
    package var rest: Int {
      let rest = max(0, limit - Int((ContinuousClock.now - since).components.seconds))
      return min(rest, stops ?? rest)
    }
  }

  private struct State {
    var next = 0
    var running: [Int: Step] = [:]
    var unfinished: [(Step, End)] = []
  }

  private let state = Mutex(State())

  /// Knows of no step.
  package init() {}

  /// What is at work now, in the order in which it began.
  package var running: [Step] {
    state.withLock { state in state.running.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// What did not come to its end on a host, as far as anybody knows.
  package func unfinished(on host: String) -> [(step: Step, end: End)] {
    state.withLock { state in
      state.unfinished.filter { $0.0.host == host }.map { (step: $0.0, end: $0.1) }
    }
  }

  func begin(_ job: HostJob, on host: String) -> (id: Int, step: Step) {
    let step = Step(host: host, words: job.words, limit: job.limit, stops: job.stops, since: .now)
    return state.withLock { state in
      state.next += 1
      state.running[state.next] = step
      return (state.next, step)
    }
  }

  func end(_ id: Int, _ end: End?) {
    state.withLock { state in
      guard let step = state.running.removeValue(forKey: id), let end else { return }
      state.unfinished.append((step, end))
    }
  }
}
