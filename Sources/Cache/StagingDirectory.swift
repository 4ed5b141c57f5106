// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A directory in `.stagecraft/tmp` that belongs to one living process: a lock in it says so, and goes
// with the process. Knows nothing of what is put into it.

import SystemPackage

/// Makes directories that a later run can tell from what a killed process left.
enum StagingDirectory {
  /// Holds the lock of one directory; a reference, so that several may.
  final class Lock: Sendable {
    private let lock: FileLock

    init(_ lock: consuming FileLock) {
      self.lock = lock
    }
  }

  /// Makes a directory whose name starts with `prefix`, locked as long as the `Lock` lives.
  static func create(
    _ prefix: String, in state: StateLayout
  ) throws(CacheError) -> (FilePath, Lock) {
    while true {
      let directory = state.temporary.appending(prefix + FileSystem.temporaryName())
      try FileSystem.createDirectory(directory)
      // Shared, since that leaves no text behind and keeps a recovery out as well.
      let lock = try FileLock.acquire(directory.appending("lock"), mode: .shared, wait: false)
      // A recovery that started at this very moment may have taken it for a left-over.
      if let lock, FileIdentity(directory.appending("lock").string) != nil {
        return (directory, Lock(lock))
      }
    }
  }
}
