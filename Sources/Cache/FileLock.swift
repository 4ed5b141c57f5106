// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Locks between processes: `flock` on a file that is never unlinked. Knows nothing of what a lock
// protects; a process that dies gives its locks back.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A lock that is held as long as the value lives.
///
/// `flock` and not a POSIX record lock, since closing any descriptor of a file drops all record locks
/// of the process on it. Never unlinked: who waits on an unlinked file and who makes a new one would
/// both hold "the" lock. Two locks taken in one process exclude each other like those of two.
package struct FileLock: ~Copyable, Sendable {
  /// Who else may hold the lock at the same time.
  package enum Mode: Sendable {
    /// Others that take it shared.
    case shared
    /// Nobody.
    case exclusive
  }

  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    // The text stays; `holder(of:)` looks whether its process still lives.
    close(descriptor)
  }

  /// Takes the lock at `path`, made where it is not there; nil where another holds it and `wait` is
  /// false.
  ///
  /// Waiting blocks the thread. An exclusive lock leaves `description`, one line such as the command
  /// that is run, for others to read.
  package static func acquire(
    _ path: FilePath, mode: Mode, wait: Bool, description: String = "stagecraft"
  ) throws(CacheError) -> FileLock? {
    let descriptor: Int32
    do throws(CacheError) {
      descriptor = try FileSystem.openForUpdate(path, mode: 0o644)
    } catch {
      guard error.code == .system(.noSuchFileOrDirectory) else { throw error }
      try FileSystem.createDirectory(path.removingLastComponent(), mode: 0o700)
      return try acquire(path, mode: mode, wait: wait, description: description)
    }
    let lock = FileLock(descriptor: descriptor)
    let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB)
    while flock(descriptor, operation) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return nil
      default: throw CacheError(.system(Errno(rawValue: errno)), "lock", path.string)
      }
    }
    if mode == .exclusive {
      try FileSystem.truncate(descriptor, to: 0, path: path)
      try FileSystem.write(
        Array("\(getpid()) \(description)\n".utf8), to: descriptor, path: path)
    }
    return lock
  }

  /// Who holds the lock at `path` exclusively, as `<description> (process <id>)`; nil where nobody
  /// does that still lives.
  package static func holder(of path: FilePath) -> String? {
    let text: String
    do throws(CacheError) {
      guard let bytes = try FileSystem.read(path) else { return nil }
      text = String(decoding: bytes, as: UTF8.self)
    } catch {
      return nil
    }
    let line = text.prefix { $0 != "\n" }
    let parts = line.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let process = Int32(parts[0]), process > 0 else { return nil }
    guard kill(process, 0) == 0 || errno == EPERM else { return nil }
    return "\(parts[1]) (process \(process))"
  }
}
