// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The error that carries diagnostics out of reading and planning. Knows no wording.

/// A request that could not be carried out because of what the user's files or flags say.
package struct ProjectError: Error, Sendable, Equatable {
  /// What is wrong, in the order of the files; at least one is an error.
  package let diagnostics: [Diagnostic]

  /// Makes the error from the first fault and the others.
  package init(_ first: Diagnostic, _ others: [Diagnostic] = []) {
    self.diagnostics = [first] + others
  }

  /// Makes the error when there is a fault among `diagnostics`; nil when all are warnings.
  package init?(faultsIn diagnostics: [Diagnostic]) {
    guard diagnostics.contains(where: { $0.severity == .error }) else { return nil }
    self.diagnostics = diagnostics
  }
}
