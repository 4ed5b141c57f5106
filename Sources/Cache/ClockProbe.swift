// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Tells what time the file system has, by setting the times of a nameless file of its own: the clock
// of the system may be another one. Knows no digests.

import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The clock of one file system.
///
/// The file has no name, so that a program that only looks leaves nothing behind.
final class ClockProbe: Sendable {
  private let descriptor: Int32

  /// Opens the file in `directory`; nil where nothing can be written there.
  init?(directory: FilePath) {
    #if os(Linux)
      // O_TMPFILE; a macro that Swift does not see.
      let nameless: Int32 = 0o20000000 | O_DIRECTORY
      let opened = directory.withPlatformString { open($0, nameless | O_RDWR | O_CLOEXEC, 0o600) }
      if opened >= 0 {
        descriptor = opened
        return
      }
    #endif
    let path = directory.appending(FileSystem.temporaryName())
    let created = path.withPlatformString {
      open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    }
    guard created >= 0 else { return nil }
    _ = path.withPlatformString { unlink($0) }
    descriptor = created
  }

  deinit { close(descriptor) }

  /// The file system's time now, in nanoseconds since 1970; nil where it cannot be told.
  func now() -> Int64? {
    guard futimens(descriptor, nil) == 0 else { return nil }
    return FileIdentity(descriptor: descriptor)?.modified
  }

  /// Whether a file of this identity cannot have been changed at or after `time` unseen.
  ///
  /// A change at `time` or later sets a ctime of `time` or later. Where the clock shows no fractions
  /// of a second it may be a coarse one, and two seconds must lie between.
  static func isOlder(_ identity: FileIdentity, than time: Int64) -> Bool {
    let isCoarse = time % 1_000_000_000 == 0
    let limit = isCoarse ? time - 2_000_000_000 : time
    return identity.modified < limit && identity.changed < limit
  }
}
