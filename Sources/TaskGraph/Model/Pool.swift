// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A named limit on how many tasks run at once.

/// A named limit on how many tasks run at once.
package struct Pool: Hashable, Sendable {
  package let name: String
  /// How many of its tasks may run at once; at least one.
  package let capacity: Int

  /// Makes a pool.
  package init(_ name: String, capacity: Int) {
    self.name = name
    self.capacity = max(1, capacity)
  }

  /// For work that uses this machine's processors.
  package static func cpu(_ jobs: Int) -> Pool { Pool("cpu", capacity: jobs) }

  /// For image builds, which the engine runs.
  package static func engine(_ jobs: Int) -> Pool { Pool("engine", capacity: jobs) }

  /// For pushes and questions to registries.
  package static func registry(_ jobs: Int) -> Pool { Pool("registry", capacity: jobs) }

  /// For questions that cost next to nothing.
  package static let light = Pool("light", capacity: 64)
}
