// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A script of a run that is over, still at work on a host, as the next run sees it. A value with its
// sentences.

import TaskGraph

/// What an earlier run left at work on a host.
struct HostBusy: Sendable, Hashable {
  /// ``replacing `web` ``.
  let words: String
  /// Seconds since it began.
  let age: Int
  /// Seconds that it said it would take.
  let limit: Int

  /// Beside what it said: an engine takes its time as well.
  private static let margin = 15

  /// How long it is waited for; nothing where it should have ended.
  var rest: Duration { .seconds(max(0, limit + Self.margin - age)) }

  /// What is told of it.
  func error(on host: Host) -> TaskError {
    let place = host.reach == .local ? "this machine" : "`\(host.name)`"
    return TaskError(
      .locked(host.name),
      "an earlier run is still \(words) on \(place), since \(DurationFormat.text(.seconds(age)))",
      hint:
        "no two runs change a host at once: wait for it with `--lock-wait 10m`, or see there what "
        + "hangs: `docker ps`, and `ps -ef | grep stagecraft`")
  }
}
