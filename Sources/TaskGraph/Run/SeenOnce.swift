// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Remembers which texts were seen, for saying a thing once.

import Synchronization

/// A set of texts that many tasks may ask.
final class SeenOnce: Sendable {
  private let seen = Mutex<Set<String>>([])

  /// Whether `text` comes for the first time.
  func isFirst(_ text: String) -> Bool {
    seen.withLock { $0.insert(text).inserted }
  }
}
