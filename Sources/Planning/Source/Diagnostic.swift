// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is wrong with a file, as data: a code with its facts, a place, related places. Sentences
// are made in Diagnostic+Message.swift, the drawing with a caret in Diagnostic+Render.swift.

/// One fault, or one thing worth saying, found in a file that a person wrote.
///
/// Callers match on `code`, never on the sentence.
package struct Diagnostic: Sendable, Equatable {
  /// Whether the request can go on.
  package enum Severity: Sendable, Equatable {
    /// The file cannot be used as it is.
    case error
    /// The file can be used, and its author should know this.
    case warning
  }

  /// A second place that belongs to the fault.
  package struct Note: Sendable, Equatable {
    /// What stands at that place.
    package let code: NoteCode
    /// Where it stands.
    package let location: SourceLocation
    /// How many Unicode scalars it spans, at least 1.
    package let length: Int

    /// Makes a note for a span that starts at `location`.
    package init(_ code: NoteCode, at location: SourceLocation, length: Int = 1) {
      self.code = code
      self.location = location
      self.length = max(1, length)
    }
  }

  /// Whether it stops the request.
  package let severity: Severity
  /// What it is, with its facts.
  package let code: Code
  /// Where it is; nil when it belongs to no place, such as a file that is not there.
  package let location: SourceLocation?
  /// How many Unicode scalars of the line the fault spans, at least 1.
  package let length: Int
  /// Other places that belong to it, in the order they are shown.
  package let notes: [Note]

  /// Makes a diagnostic; an error unless the code is one of a warning.
  package init(
    _ code: Code, at location: SourceLocation? = nil, length: Int = 1, notes: [Note] = []
  ) {
    self.severity = code.severity
    self.code = code
    self.location = location
    self.length = max(1, length)
    self.notes = notes
  }

  /// The sentence, without place and without hint.
  package var message: String { code.message }

  /// What the author could do about it, in one clause; nil when nothing is known.
  package var hint: String? { code.hint }
}
