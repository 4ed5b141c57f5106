// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Why a task runs, or need not: data for `plan`, `why` and the events.

package import Cache

/// Why a task runs, or why it need not.
package enum Reason: Sendable, Hashable {
  /// Its key and its outputs are as the last run left them.
  case unchanged
  /// The cache holds a result for its key, though this project ran something else last.
  case cached
  /// An observation shows the desired state.
  case observed(String)
  /// The ledger says so; nobody was asked.
  case recorded
  /// It has not run in this project.
  case neverRan
  /// These parts of its manifest changed.
  case changed([Manifest.Change])
  /// This declared output is gone or was edited.
  case outputChanged(String)
  /// The result is not in the cache any more.
  case evicted
  /// The last attempt failed or did not finish.
  case lastRunFailed
  /// The world is not as desired: what differs.
  case stateDiffers(String)
  /// `--force` names it.
  case forced
  /// It is an observation, and those always run.
  case alwaysObserves
  /// These tasks before it run, and may change what it reads.
  case upstreamRuns([TaskID])
  /// What it needs to know could not be read.
  case unknown(String)
}

extension Reason {
  /// The reason of an execution as the index keeps it; what changed is kept beside it.
  var cause: String {
    switch self {
    case .neverRan: "never-ran"
    case .changed: "changed"
    case .outputChanged(let path): "output " + path
    case .evicted: "evicted"
    case .lastRunFailed: "last-run-failed"
    case .stateDiffers(let word): "state " + word
    case .forced: "forced"
    case .unchanged, .cached, .observed, .recorded, .alwaysObserves, .upstreamRuns, .unknown: ""
    }
  }

  /// Why a task executed last, from what the index keeps of it.
  package init(of entry: TaskIndex.Entry) {
    switch entry.cause {
    case "never-ran": self = .neverRan
    case "evicted": self = .evicted
    case "last-run-failed": self = .lastRunFailed
    case "forced": self = .forced
    case let cause where cause.hasPrefix("output "):
      self = .outputChanged(String(cause.dropFirst("output ".count)))
    case let cause where cause.hasPrefix("state "):
      self = .stateDiffers(String(cause.dropFirst("state ".count)))
    case "" where entry.lastChanges.isEmpty: self = .cached
    default: self = .changed(entry.lastChanges)
    }
  }
}
