// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The three classes of task. A deployment is not a build: which rule applies is part of the type.

/// How a task relates to the world; decides whether its result may be reused.
package enum TaskClass: String, Sendable, Hashable, CaseIterable {
  /// Its result follows from its key alone: may come from the cache.
  case pure
  /// Reads the world outside: always runs, never cached.
  case observe
  /// Changes the world outside: never replayed, skipped only when an observation shows that the
  /// world already is as desired.
  case effect
}
