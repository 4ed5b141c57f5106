// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What an effect says of the world, without the type of its output, so that a plan can ask any effect.

import Cache

/// What an effect says of the world.
struct EffectLook: Sendable {
  /// Its value where the world is as desired, and a word on what was seen.
  let seen:
    @Sendable (Digest, TaskContext) throws(TaskError) -> (value: (any Storable)?, word: String)
  /// Whether that stays so whatever runs before.
  let isDecided: @Sendable (TaskContext) -> Bool
  /// Its value where nothing is left to do whatever the world looks like.
  let presumed: @Sendable (TaskContext) -> (any Storable)?

  /// The look of `task`, of which `receipt` is the last success.
  init(_ task: some EffectTask, _ receipt: Ledger.Receipt?) {
    seen = { key, context throws(TaskError) in
      switch try task.observed(key: key, receipt: receipt, in: context) {
      case .holds(let value, let word): return (value, word)
      case .differs(let word): return (nil, word)
      }
    }
    isDecided = { task.isDecided(in: $0) }
    presumed = { task.presumed(in: $0) }
  }
}
