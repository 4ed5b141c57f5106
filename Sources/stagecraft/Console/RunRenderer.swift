// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a display of a run must be able to do. A renderer turns events into text and writes nothing
// itself, so that every display can be tested as a function.

import SystemPackage
import TaskGraph

/// Turns the events of a run into text for standard error.
protocol RunRenderer: Sendable {
  /// Takes an event; returns what is to be written now.
  mutating func consume(_ event: Event) -> String

  /// Takes the time in nanoseconds since the run began; returns what is to be written now.
  mutating func tick(at time: Int64, size: StandardStream.Size) -> String

  /// Ends the display; returns what is to be written last.
  mutating func end(size: StandardStream.Size) -> String

  /// What is said of the whole run after its end; `run` is the folder with its logs.
  func summary(_ report: RunReport, run: FilePath?) -> String
}

extension RunRenderer {
  mutating func tick(at time: Int64, size: StandardStream.Size) -> String { "" }

  mutating func end(size: StandardStream.Size) -> String { "" }
}
