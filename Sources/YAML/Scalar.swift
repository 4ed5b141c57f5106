// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a scalar and how it was written. What the text means (a number, nothing) is
// decided by CoreSchema.

/// A scalar as it stands in a YAML text: what it says and how it was quoted.
package struct Scalar: Hashable, Sendable {
  /// How a scalar was written; only a plain one can be a number, a truth value or null.
  package enum Style: UInt8, Hashable, Sendable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  /// The text, with quotes removed and escapes and folds resolved.
  package let text: String
  /// How it was written.
  package let style: Style

  /// A scalar by its parts.
  package init(text: String, style: Style) {
    self.text = text
    self.style = style
  }
}
