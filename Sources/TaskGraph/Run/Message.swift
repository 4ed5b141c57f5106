// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a command says beside the events of its tasks, as data: the same for people, for programs and
// for the annotations of a CI service. Knows no display.

/// One thing that a command says.
package struct Message: Sendable, Hashable {
  /// How much it matters.
  package enum Level: String, Sendable, Hashable, CaseIterable {
    case note, warning, error
  }

  /// A place in a file, counted from one.
  ///
  /// `SourceLocation` of the reader of projects says the same: the reader knows nothing of runs, and runs
  /// nothing of projects, so that neither can use the other's.
  package struct Place: Sendable, Hashable {
    package let file: String
    package let line: Int
    package let column: Int

    /// Makes a place.
    package init(file: String, line: Int, column: Int) {
      self.file = file
      self.line = line
      self.column = column
    }

    /// Reads `file:line:column`; nil where that is not what stands there.
    package init?(_ text: String) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count >= 3, let line = Int(parts[parts.count - 2]),
        let column = Int(parts[parts.count - 1])
      else { return nil }
      self.init(file: parts.dropLast(2).joined(separator: ":"), line: line, column: column)
    }
  }

  package let level: Level
  package let text: String
  /// What to do next, where that is known.
  package let hint: String?
  package let place: Place?

  /// Makes a message.
  package init(_ level: Level, _ text: String, hint: String? = nil, place: Place? = nil) {
    self.level = level
    self.text = text
    self.hint = hint
    self.place = place
  }
}
