// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says a reason in words, and names it by a code for machine output. The only place with sentences
// about why a task runs; knows no display.

package import Cache

/// Puts reasons into words.
package enum ReasonFormat {
  /// The reason as a clause: ``file `api/server.py` changed, +3 more``.
  package static func text(_ reason: Reason) -> String {
    switch reason {
    case .unchanged: "unchanged"
    case .cached: "found in the cache"
    case .observed(let seen): seen
    case .recorded: "recorded as done"
    case .neverRan: "never ran here"
    case .changed(let changes): text(changes)
    case .outputChanged(let path): "output `\(path)` is gone or was edited"
    case .evicted: "its result is not in the cache any more"
    case .lastRunFailed: "its last run did not succeed"
    case .stateDiffers(let difference): difference
    case .forced: "asked for by `--force`"
    case .alwaysObserves: "looks every time"
    case .upstreamRuns(let ids): upstream(ids)
    case .unknown(let cause): cause
    }
  }

  /// The stable name of a reason in JSON.
  package static func code(_ reason: Reason) -> String {
    switch reason {
    case .unchanged: "unchanged"
    case .cached: "cached"
    case .observed: "observed"
    case .recorded: "recorded"
    case .neverRan: "never_ran"
    case .changed: "changed"
    case .outputChanged: "output_changed"
    case .evicted: "evicted"
    case .lastRunFailed: "last_run_failed"
    case .stateDiffers: "state_differs"
    case .forced: "forced"
    case .alwaysObserves: "always_observes"
    case .upstreamRuns: "upstream_runs"
    case .unknown: "unknown"
    }
  }

  /// One change as a clause, without the values.
  package static func text(_ change: Manifest.Change) -> String {
    let subject = subject(change)
    if change.old == nil { return "\(subject) is new" }
    if change.new == nil {
      return change.field == .output ? "\(subject) is not wanted any more" : "\(subject) is gone"
    }
    let shared = Difference.Subject.shared.rawValue + " "
    if change.field == .setting, change.name.hasPrefix(shared) {
      return "shares \(change.name.dropFirst(shared.count)), which is replaced"
    }
    return "\(subject) changed"
  }

  /// A value as people want to see it: a digest by its first digits, other text whole.
  ///
  /// Of a plain file only the digest is said; of other types the type too, and the mode where it
  /// counts: `exec 3f9a…`, `644 3f9a…`.
  package static func value(_ text: String) -> String {
    var parts = text.split(separator: ":").map(String.init)
    guard let last = parts.popLast(), let digest = Digest(hex: last) else { return text }
    return (parts.filter { $0 != "file" } + [digest.short]).joined(separator: " ")
  }

  private static func text(_ changes: [Manifest.Change]) -> String {
    // A name that something new replaces is the lesser news.
    guard let first = changes.first(where: { $0.new != nil }) ?? changes.first else {
      return "its inputs changed"
    }
    return text(first) + more(changes.count - 1)
  }

  private static func subject(_ change: Manifest.Change) -> String {
    switch change.field {
    case .dependency: "output of `\(change.name)`"
    // Arguments are named by their position from zero; people count from one.
    case .argument: Int(change.name).map { "argument \($0 + 1)" } ?? "argument `\(change.name)`"
    default: change.name.isEmpty ? change.field.word : "\(change.field.word) `\(change.name)`"
    }
  }

  private static func upstream(_ ids: [TaskID]) -> String {
    guard let first = ids.first else { return "what it needs runs before it" }
    return "`\(first)` runs before it" + more(ids.count - 1)
  }

  private static func more(_ count: Int) -> String { count > 0 ? ", +\(count) more" : "" }
}
