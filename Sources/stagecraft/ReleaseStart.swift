// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Notices when a run has got the right to change hosts, and only then writes down its release: a run
// that finds nothing to do makes none. What the release is called is told then.

import Planning
import Synchronization
import TaskGraph
import Tasks

/// The beginning of a release.
final class ReleaseStart: Sendable {
  private struct State {
    var make: (@Sendable (ReleaseName) -> ReleaseRecord)?
    var name: ReleaseName?
    var warnings: [String] = []
  }

  private let history: ReleaseHistory
  private let state = Mutex(State())

  init(in history: ReleaseHistory) { self.history = history }

  /// What the release is called; nil where it has not begun.
  var name: ReleaseName? { state.withLock { $0.name } }

  /// What could not be written.
  var warnings: [String] { state.withLock { $0.warnings } }

  /// From now on a release that begins is what `make` makes of its name.
  func prepare(_ make: @escaping @Sendable (ReleaseName) -> ReleaseRecord) {
    state.withLock { $0.make = make }
  }

  /// The locks of all hosts are held.
  func begin(_ name: ReleaseName) {
    state.withLock { state in
      state.name = name
      guard let record = state.make?(name) else { return }
      do {
        try history.put(record, at: record.time)
      } catch {
        state.warnings.append("the release could not be recorded: \(error)")
      }
    }
  }
}
