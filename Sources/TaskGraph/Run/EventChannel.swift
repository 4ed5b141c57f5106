// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Carries events from a run to the one who follows it: in order, without waiting, and as many at once
// as have come since the last look. Knows nothing of what they mean.

import Synchronization

/// The way from a run to its follower.
///
/// Senders never wait. There is one follower; it gets what came while it was busy in one batch, so that
/// ten thousand events cost no ten thousand wake-ups and writes.
package final class EventChannel: Sendable {
  /// What came since the last look.
  package struct Batch: Sendable {
    package var events: [Event] = []
    /// Whether somebody asked for a look at the clock.
    package var isTick = false

    /// Makes a batch.
    package init(events: [Event] = [], isTick: Bool = false) {
      self.events = events
      self.isTick = isTick
    }
  }

  private struct State {
    var batch = Batch()
    var isFinished = false
    var waiter: CheckedContinuation<Void, Never>?

    var hasNews: Bool { isFinished || batch.isTick || !batch.events.isEmpty }
  }

  private let state = Mutex(State())

  /// An empty channel.
  package init() {}

  /// Sends an event.
  package func send(_ event: Event) { change { $0.batch.events.append(event) } }

  /// Wakes the follower though nothing happened.
  package func tick() { change { $0.batch.isTick = true } }

  /// Ends the channel; what was sent before still arrives.
  package func finish() { change { $0.isFinished = true } }

  /// What came since the last call, as soon as there is something; nil once all is over.
  ///
  /// Does not end when the calling task is cancelled: the end of a run is worth seeing then too.
  package func next() async -> Batch? {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let hasNews = state.withLock { state in
        if !state.hasNews { state.waiter = continuation }
        return state.hasNews
      }
      if hasNews { continuation.resume() }
    }
    return state.withLock { state in
      let batch = state.batch
      state.batch = Batch()
      return batch.events.isEmpty && !batch.isTick && state.isFinished ? nil : batch
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let waiter = state.withLock { state in
      body(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}
