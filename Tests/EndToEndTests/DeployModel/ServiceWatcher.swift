// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Looks at the containers of a project all the time and notes how long a service had none that was
// healthy. Judges nothing: what is allowed is the oracle's to say.

import Foundation
import Synchronization

/// A thread that watches the services of one project on one engine.
final class ServiceWatcher: Sendable {
  private struct Notes {
    /// Services that had a healthy container at the first look, and since when they have none.
    var lostAt: [String: ContinuousClock.Instant?] = [:]
    var longest: [String: Duration] = [:]
    var hasBegun = false
    var isOver = false
    var looks = 0
  }

  private let notes = Mutex(Notes())

  /// Watches until ``stop()``.
  init(project: String, engine: EngineSocket) {
    Thread.detachNewThread { [weak self] in
      while let self, !self.notes.withLock(\.isOver) {
        if let seen = try? SeenContainer.all(of: project, in: engine) { self.note(seen) }
        Thread.sleep(forTimeInterval: 0.1)
      }
    }
  }

  /// Forgets what was, and waits for a first look at what is.
  func begin() {
    notes.withLock {
      $0.hasBegun = false
      $0.looks = 0
      $0.lostAt = [:]
      $0.longest = [:]
    }
    while notes.withLock({ $0.looks == 0 }) { Thread.sleep(forTimeInterval: 0.01) }
  }

  /// How long each service that was healthy at the beginning was without a healthy container at most.
  func gaps() -> [String: Duration] {
    let now = ContinuousClock.now
    return notes.withLock { notes in
      var gaps = notes.longest
      for (service, since) in notes.lostAt {
        if let since { gaps[service] = max(gaps[service] ?? .zero, now - since) }
      }
      return gaps
    }
  }

  /// Ends the thread.
  func stop() { notes.withLock { $0.isOver = true } }

  private func note(_ seen: [SeenContainer]) {
    let now = ContinuousClock.now
    let healthy = Set(seen.filter(\.isHealthy).map(\.service))
    notes.withLock { notes in
      notes.looks += 1
      if !notes.hasBegun {
        notes.hasBegun = true
        for service in healthy { notes.lostAt[service] = .some(nil) }
        return
      }
      for (service, since) in notes.lostAt {
        switch (since, healthy.contains(service)) {
        case (nil, false): notes.lostAt[service] = .some(now)
        case (let since?, true):
          notes.longest[service] = max(notes.longest[service] ?? .zero, now - since)
          notes.lostAt[service] = .some(nil)
        default: continue
        }
      }
    }
  }
}
