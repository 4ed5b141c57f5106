// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Notices when a run begins to change hosts, and only then writes down its release: a run that finds
// nothing to do makes none.

import Planning
import Synchronization
import TaskGraph

/// The beginning of a release.
final class ReleaseStart: Sendable {
  private let release: ReleaseRecord
  private let history: ReleaseHistory
  private let state = Mutex<(hasBegun: Bool, warnings: [String])>((false, []))

  init(_ release: ReleaseRecord, in history: ReleaseHistory) {
    self.release = release
    self.history = history
  }

  /// Whether a host, a database or a hook was to be changed.
  var hasBegun: Bool { state.withLock { $0.hasBegun } }

  /// What could not be written.
  var warnings: [String] { state.withLock { $0.warnings } }

  /// Looks at an event; the first task that changes a host begins the release.
  func see(_ event: Event) {
    guard case .started(let id, let reason) = event.kind, reason != .alwaysObserves,
      id.text.hasPrefix("host/") || id.text.hasPrefix("migrate/")
    else { return }
    state.withLock { state in
      guard !state.hasBegun else { return }
      state.hasBegun = true
      do {
        try history.put(release, at: release.time)
      } catch {
        state.warnings.append("the release could not be recorded: \(error)")
      }
    }
  }
}
