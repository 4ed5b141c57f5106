// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The process group of one command while the guard watches it. Knows no command.

import Synchronization

/// One process group that the guard watches from its start until its command has ended.
final class WatchedGroup: Sendable {
  private let guardian: ChildGuard?
  private let group = Mutex<Int32?>(nil)

  /// A group of a child that is about to be started.
  init(_ guardian: ChildGuard?) {
    self.guardian = guardian
    guardian?.prepare()
  }

  /// Tells the guard that the group runs.
  func watch(_ started: Int32) {
    group.withLock { $0 = started }
    guardian?.watch(started)
  }

  /// Tells the guard that the group has ended; nothing where none was started.
  func release() {
    let ended = group.withLock { group in
      defer { group = nil }
      return group
    }
    if let ended { guardian?.release(ended) } else { guardian?.abandon() }
  }
}
