// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Prints a run for programs: each event is one line of JSON, the same that `--events` writes.

import SystemPackage
import TaskGraph

/// The display for programs.
struct JSONRenderer: RunRenderer {
  mutating func consume(_ event: Event) -> String { Self.line(event) }

  func summary(_ report: RunReport, run: FilePath?) -> String { "" }

  /// One event as a line.
  static func line(_ event: Event) -> String {
    var bytes: [UInt8] = []
    EventJSON.append(event, .all, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
