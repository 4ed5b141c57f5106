// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A named limit on how many tasks run at once.

/// One entry of `pools:`.
package struct PoolDefinition: Sendable, Hashable {
  /// The name that a task's `pool` refers to.
  package let name: String
  /// How many tasks of the pool run at once, at least 1.
  package let limit: Int
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes a pool from its parts.
  package init(name: String, limit: Int, location: SourceLocation) {
    self.name = name
    self.limit = limit
    self.location = location
  }

  /// The pools that exist without being declared; declaring one changes its limit.
  package static let builtIn = ["cpu", "engine", "registry"]
}
