// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A variable whose value is secret, and where the value comes from. Never holds the value.

/// One entry of an environment's `secrets`.
package struct SecretSource: Sendable, Hashable {
  /// Where a value comes from.
  package enum Origin: Sendable, Hashable {
    /// The variable of that name in the resolved environment.
    case variable(String)
    /// The standard output of a program started without a shell, its final newline cut; never empty.
    case command([String])
  }

  /// The variable that gets the value.
  package let name: String
  /// Where the value comes from.
  package let origin: Origin
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes a value.
  package init(name: String, origin: Origin, location: SourceLocation) {
    self.name = name
    self.origin = origin
    self.location = location
  }
}
