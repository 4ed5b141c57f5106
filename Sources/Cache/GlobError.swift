// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What can be wrong with a pattern: which, and why. Whoever prints it adds the place in the file.

/// A pattern that cannot be used.
package struct GlobError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong; callers decide by this and never by text.
  package enum Code: Hashable, Sendable {
    /// Nothing, or `!` alone.
    case empty
    /// An absolute path, or one with `..`.
    case escapes
    /// `[` without `]`, or a range whose end lies before its start.
    case badSet
    /// `{` without `}`.
    case unclosedBrace
    /// Braces that stand for more than a thousand patterns.
    case tooManyAlternatives
    /// A list that only takes away.
    case onlyNegations
    /// A backslash with nothing after it, or one whose meaning is unclear.
    case badEscape
  }

  package let code: Code
  /// As it was written.
  package let pattern: String

  /// Makes an error.
  package init(_ code: Code, _ pattern: String) {
    self.code = code
    self.pattern = pattern
  }

  package var description: String {
    let reason =
      switch code {
      case .empty: "it names nothing"
      case .escapes: "it leads out of its directory"
      case .badSet: "its brackets make no set"
      case .unclosedBrace: "a brace is not closed"
      case .tooManyAlternatives: "its braces stand for more than 1000 patterns"
      case .onlyNegations: "the list only takes away"
      case .badEscape: "a backslash stands before nothing that it could quote"
      }
    return "pattern `\(pattern)` cannot be used: \(reason)"
  }
}
