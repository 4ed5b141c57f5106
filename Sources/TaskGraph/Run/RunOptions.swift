// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How the user wants a run to go.

package import Cache

/// How a run goes.
package struct RunOptions: Sendable {
  /// Whether independent branches go on after a failure.
  package var keepsGoing: Bool
  /// Tasks whose name matches run even where their result stands.
  package var force: Glob?
  /// Whether the logs of hits are replayed.
  package var replaysLogs: Bool
  /// Part of every key; raised by users to disown all results of before.
  package var salt: String
  /// The effects that a saved plan lets run; nil where no plan holds the run.
  package var permitted: Set<TaskID>?
  /// Pause before the first retry; doubled for each further one.
  package var retryPause: Duration
  /// What nobody may see of what programs print.
  package var redaction = Redaction.none

  /// Makes options.
  package init(
    keepsGoing: Bool = false, force: Glob? = nil, replaysLogs: Bool = false, salt: String = "",
    retryPause: Duration = .milliseconds(500)
  ) {
    self.keepsGoing = keepsGoing
    self.force = force
    self.replaysLogs = replaysLogs
    self.salt = salt
    self.retryPause = retryPause
  }
}
