// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every state-changing system call of the cache and of the state directory goes through here, so that
// a test can stop the program before the n-th of them. Knows nothing of what the files mean.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Changes files; each call either happens whole or throws.
package enum FileSystem {
  private static func aboutToChange() {
    CrashPoint.files.pass()
  }

  /// Runs a system call again while a signal interrupts it; throws its errno.
  @discardableResult
  private static func call<Result: SignedInteger>(
    _ operation: String, _ path: FilePath, _ body: () -> Result
  ) throws(CacheError) -> Result {
    while true {
      let result = body()
      if result >= 0 { return result }
      if errno == EINTR { continue }
      throw CacheError(.system(Errno(rawValue: errno)), operation, path.string)
    }
  }

  /// Makes a directory and those above it; one that is there already is fine.
  package static func createDirectory(_ path: FilePath, mode: UInt32 = 0o755) throws(CacheError) {
    if let identity = FileIdentity(path.string), identity.type == .directory { return }
    aboutToChange()
    if path.withPlatformString({ mkdir($0, mode_t(mode)) }) == 0 { return }
    if errno == EEXIST {
      var status = stat()
      // A link to a directory serves as one.
      if path.withPlatformString({ stat($0, &status) }) == 0,
        status.st_mode & S_IFMT == S_IFDIR
      {
        return
      }
      throw CacheError(.system(.fileExists), "create directory", path.string)
    }
    let failure = Errno(rawValue: errno)
    let parent = path.removingLastComponent()
    guard failure == .noSuchFileOrDirectory, parent != path, !parent.isEmpty else {
      throw CacheError(.system(failure), "create directory", path.string)
    }
    try createDirectory(parent, mode: mode)
    aboutToChange()
    if path.withPlatformString({ mkdir($0, mode_t(mode)) }) != 0, errno != EEXIST {
      throw CacheError(.system(Errno(rawValue: errno)), "create directory", path.string)
    }
  }

  /// Opens a file for writing that must not be there yet.
  package static func createFile(_ path: FilePath, mode: UInt32) throws(CacheError) -> Int32 {
    aboutToChange()
    return try call("create", path) {
      path.withPlatformString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode)) }
    }
  }

  /// Opens a file for reading and writing, made where it is not there; never truncates.
  package static func openForUpdate(_ path: FilePath, mode: UInt32) throws(CacheError) -> Int32 {
    aboutToChange()
    return try call("open", path) {
      path.withPlatformString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, mode_t(mode)) }
    }
  }

  /// Writes all of `bytes` at the descriptor's position.
  package static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: FilePath
  ) throws(CacheError) {
    var rest = bytes
    repeat {
      aboutToChange()
      guard let start = rest.baseAddress else { return }
      let slice = rest
      let count = try call("write", path) {
        #if canImport(Darwin)
          Darwin.write(descriptor, start, slice.count)
        #else
          Glibc.write(descriptor, start, slice.count)
        #endif
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    } while !rest.isEmpty
  }

  /// Writes all of `bytes` at the descriptor's position.
  package static func write(
    _ bytes: [UInt8], to descriptor: Int32, path: FilePath
  ) throws(CacheError) {
    guard !bytes.isEmpty else { return }
    let outcome = bytes.withUnsafeBytes { (raw) -> Result<Void, CacheError> in
      Result { () throws(CacheError) in try write(raw, to: descriptor, path: path) }
    }
    try outcome.get()
  }

  /// Makes what was written survive a power failure.
  package static func synchronize(_ descriptor: Int32, path: FilePath) throws(CacheError) {
    aboutToChange()
    #if canImport(Darwin)
      try call("synchronize", path) { fcntl(descriptor, F_FULLFSYNC) }
    #else
      try call("synchronize", path) { fsync(descriptor) }
    #endif
  }

  /// Makes the names in a directory survive a power failure.
  package static func synchronizeDirectory(_ path: FilePath) throws(CacheError) {
    let descriptor = try call("open", path) {
      path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    }
    defer { close(descriptor) }
    try synchronize(descriptor, path: path)
  }

  /// Puts `source` in the place of `target` in one step.
  package static func rename(_ source: FilePath, to target: FilePath) throws(CacheError) {
    aboutToChange()
    try call("rename", target) {
      source.withPlatformString { from in
        target.withPlatformString { to in
          #if canImport(Darwin)
            Darwin.rename(from, to)
          #else
            Glibc.rename(from, to)
          #endif
        }
      }
    }
  }

  /// Removes a file or a link; one that is not there is fine.
  package static func removeFile(_ path: FilePath) throws(CacheError) {
    aboutToChange()
    if path.withPlatformString({ unlink($0) }) != 0, errno != ENOENT, errno != ENOTDIR {
      throw CacheError(.system(Errno(rawValue: errno)), "remove", path.string)
    }
  }

  /// Removes an empty directory; says whether it is gone now.
  @discardableResult
  package static func removeEmptyDirectory(_ path: FilePath) -> Bool {
    aboutToChange()
    return path.withPlatformString { rmdir($0) } == 0 || errno == ENOENT
  }

  /// Makes a symbolic link that must not be there yet.
  package static func createLink(_ path: FilePath, to target: String) throws(CacheError) {
    aboutToChange()
    try call("link", path) {
      path.withPlatformString { name in target.withCString { symlink($0, name) } }
    }
  }

  /// Sets the permission bits.
  package static func setMode(_ path: FilePath, _ mode: UInt32) throws(CacheError) {
    aboutToChange()
    try call("change the mode of", path) { path.withPlatformString { chmod($0, mode_t(mode)) } }
  }

  /// Sets the permission bits of an open file, whatever the umask is.
  package static func setMode(
    descriptor: Int32, _ mode: UInt32, path: FilePath
  ) throws(CacheError) {
    aboutToChange()
    try call("change the mode of", path) { fchmod(descriptor, mode_t(mode)) }
  }

  /// Gives the file `source` the second name `target`, which must not be there yet: the one way to
  /// create a file with its whole content that has exactly one winner.
  package static func createName(_ target: FilePath, for source: FilePath) throws(CacheError) {
    aboutToChange()
    try call("create", target) {
      source.withPlatformString { from in target.withPlatformString { link(from, $0) } }
    }
  }

  /// Lets the empty file `target` share the blocks of `source`; false where the file system cannot.
  package static func shareBlocks(from source: Int32, to target: Int32) -> Bool {
    #if canImport(Darwin)
      return false
    #else
      aboutToChange()
      // FICLONE of linux/fs.h, which Glibc does not export.
      return ioctl(target, 0x4004_9409, source) == 0
    #endif
  }

  /// Sets the access and modification time to now: what a least-recently-used order goes by.
  package static func touch(_ path: FilePath) throws(CacheError) {
    aboutToChange()
    try call("touch", path) { path.withPlatformString { utimensat(AT_FDCWD, $0, nil, 0) } }
  }

  /// Cuts an open file to `size` bytes.
  package static func truncate(
    _ descriptor: Int32, to size: Int64, path: FilePath
  ) throws(CacheError) {
    aboutToChange()
    try call("truncate", path) { ftruncate(descriptor, off_t(size)) }
  }

  /// Writes a whole file beside its place, then renames it there: readers see the old or the new.
  ///
  /// With `durable` file and directory are also synchronized, for what may not be lost.
  package static func replace(
    _ path: FilePath, with bytes: [UInt8], mode: UInt32 = 0o644, durable: Bool = false
  ) throws(CacheError) {
    let temporary = path.removingLastComponent().appending(temporaryName())
    let descriptor = try createFile(temporary, mode: mode)
    do throws(CacheError) {
      defer { close(descriptor) }
      try write(bytes, to: descriptor, path: temporary)
      if durable { try synchronize(descriptor, path: temporary) }
      try rename(temporary, to: path)
    } catch {
      unlinkQuietly(temporary)
      throw error
    }
    if durable { try synchronizeDirectory(path.removingLastComponent()) }
  }

  /// What every ``temporaryName()`` starts with.
  static let temporaryPrefix = ".tmp-"

  /// A name that no other process takes: `.tmp-<pid>-<random>`.
  package static func temporaryName() -> String {
    "\(temporaryPrefix)\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
  }

  /// The process that made a ``temporaryName()``; nil for any other name.
  static func writer(ofTemporary name: String) -> pid_t? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == ".tmp" else { return nil }
    return pid_t(parts[1])
  }

  /// Clears away our own half-made file while another error is on its way up.
  private static func unlinkQuietly(_ path: FilePath) {
    _ = path.withPlatformString { unlink($0) }
  }

  /// Reads a whole file; nil where nothing is there.
  package static func read(_ path: FilePath) throws(CacheError) -> [UInt8]? {
    let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw CacheError(.system(Errno(rawValue: errno)), "open", path.string)
    }
    defer { close(descriptor) }
    return try read(descriptor, path: path)
  }

  /// Reads an open file from its position to its end.
  package static func read(_ descriptor: Int32, path: FilePath) throws(CacheError) -> [UInt8] {
    let expected = FileIdentity(descriptor: descriptor).map { Int($0.size) } ?? 0
    var bytes: [UInt8] = []
    // One byte more than the size, so that the read that finds the end needs no second buffer.
    var chunk = max(expected, 0) + 1
    while true {
      var failure: CacheError?
      var count = 0
      bytes.reserveCapacity(bytes.count + chunk)
      let piece = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, initialized in
        guard let start = buffer.baseAddress else { return }
        let size = buffer.count
        do throws(CacheError) {
          count = try call("read", path) {
            #if canImport(Darwin)
              Darwin.read(descriptor, start, size)
            #else
              Glibc.read(descriptor, start, size)
            #endif
          }
        } catch {
          failure = error
        }
        initialized = count
      }
      if let failure { throw failure }
      if count == 0 { return bytes }
      if bytes.isEmpty { bytes = piece } else { bytes.append(contentsOf: piece) }
      chunk = max(64 * 1024, chunk - count)
      if bytes.count == expected { chunk = 1 }
    }
  }
}
