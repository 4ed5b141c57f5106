// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Durations as people type them on a command line: the same as in stagecraft.yml.

/// A duration as it is typed.
package enum DurationText {
  /// The duration that `90s`, `10m` or `1h30m` says; nil for anything else.
  package static func duration(_ text: String) -> Duration? { Quantity.duration(text) }
}
