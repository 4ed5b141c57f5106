// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Names the parts of a drawing that a display may colour, and the marks of statuses. Knows no escape
// codes: the console decides what a tint looks like.

/// A part of a drawing that may be coloured.
package enum GraphTint: Sendable, Hashable {
  case hit, run, maybe, heading, faint

  /// Colours nothing.
  package static let none: @Sendable (GraphTint, String) -> String = { _, text in text }
}

extension PlanEntry.Status {
  /// The sign that stands before a task; the word always stands beside it.
  package var mark: String {
    switch self {
    case .hit: "✓"
    case .run: "●"
    case .maybe: "○"
    }
  }

  /// How it may be coloured.
  package var tint: GraphTint {
    switch self {
    case .hit: .hit
    case .run: .run
    case .maybe: .maybe
    }
  }
}
