// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps bytes under their SHA-256, one read-only file each, shared by all projects of a user. Never
// gives out bytes that it has not verified; knows nothing of tasks or of what the bytes are.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The content-addressed store: `cas/sha256/ab/<62 digits>`.
///
/// A blob is written beside its place and renamed there, so it is whole or absent; it is not
/// synchronized, so a power failure may leave a bad one, which every read notices and removes.
/// A reader never gets a hard link: a tool that writes in place would change the store.
package struct ContentStore: Sendable {
  /// Where the store is.
  package let layout: CacheLayout

  /// A store in `layout`; makes nothing.
  package init(layout: CacheLayout) {
    self.layout = layout
  }

  /// Up to this size a file is held in memory, so that one that is stored already costs no write.
  private static let memoryLimit: Int64 = 1024 * 1024

  /// How long ago a file was last marked as used before it is marked again: 24 hours in nanoseconds.
  static let touchInterval: Int64 = 24 * 3600 * 1_000_000_000

  private func file(_ digest: Digest) -> FilePath {
    CacheLayout.file(digest, in: layout.contents)
  }

  /// Stores `bytes`; those that are there already are marked as used.
  package func insert(_ bytes: [UInt8]) throws(CacheError) -> Digest {
    let digest = Digest.of(bytes)
    if isPresent(digest, size: Int64(bytes.count)) { return digest }
    do {
      try write(bytes, as: digest)
    } catch {
      // The cache was deleted between two calls: once more, from the start.
      guard error.code == .system(.noSuchFileOrDirectory) else { throw error }
      try write(bytes, as: digest)
    }
    return digest
  }

  private func write(_ bytes: [UInt8], as digest: Digest) throws(CacheError) {
    let temporary = layout.temporary.appending(FileSystem.temporaryName())
    let descriptor = try layout.withDirectory(layout.temporary) { () throws(CacheError) in
      try FileSystem.createFile(temporary, mode: 0o444)
    }
    do throws(CacheError) {
      defer { FileTransfer.close(descriptor) }
      try FileSystem.write(bytes, to: descriptor, path: temporary)
    } catch {
      FileTransfer.discard(temporary)
      throw error
    }
    try publish(temporary, as: digest)
  }

  /// Stores the regular file at `path` and says what it was while it was read.
  ///
  /// A file that changes meanwhile is read again, three times in all; then the error is `unstable`.
  /// Never follows a symbolic link at `path`.
  package func insert(
    fileAt path: FilePath
  ) throws(CacheError) -> (digest: Digest, identity: FileIdentity) {
    for _ in 0..<3 {
      guard let source = try FileTransfer.open(path) else {
        throw CacheError(.missing, "store", path.string)
      }
      defer { FileTransfer.close(source) }
      guard let before = FileIdentity(descriptor: source) else {
        throw CacheError(.system(Errno(rawValue: errno)), "look at", path.string)
      }
      guard before.type == .regular else {
        throw CacheError(.unsupportedType, "store", path.string)
      }
      if let digest = try insert(source, path, before) { return (digest, before) }
    }
    throw CacheError(.unstable, "store", path.string)
  }

  /// Stores an open file; nil where it changed meanwhile.
  private func insert(
    _ source: Int32, _ path: FilePath, _ before: FileIdentity
  ) throws(CacheError) -> Digest? {
    if before.size <= Self.memoryLimit {
      let bytes = try FileSystem.read(source, path: path)
      guard Int64(bytes.count) == before.size, FileIdentity(descriptor: source) == before else {
        return nil
      }
      return try insert(bytes)
    }
    let temporary = layout.temporary.appending(FileSystem.temporaryName())
    let target = try layout.withDirectory(layout.temporary) { () throws(CacheError) in
      try FileSystem.createFile(temporary, mode: 0o444)
    }
    let content: FileTransfer.Content
    do throws(CacheError) {
      defer { FileTransfer.close(target) }
      content = try FileTransfer.copy(
        from: source, path, to: target, temporary, size: before.size)
    } catch {
      FileTransfer.discard(temporary)
      throw error
    }
    guard content.size == before.size, FileIdentity(descriptor: source) == before else {
      FileTransfer.discard(temporary)
      return nil
    }
    if isPresent(content.digest, size: content.size) {
      FileTransfer.discard(temporary)
      return content.digest
    }
    try publish(temporary, as: content.digest)
    return content.digest
  }

  /// Whether a blob of this size is there; marks it as used, so that a collection spares it.
  private func isPresent(_ digest: Digest, size: Int64) -> Bool {
    let path = file(digest)
    guard let found = FileIdentity(path.string) else { return false }
    guard found.type == .regular, found.size == size else {
      FileTransfer.removeTree(path)
      return false
    }
    do {
      try FileSystem.touch(path)
      return true
    } catch {
      // Gone meanwhile: then it is stored again. Any other refusal leaves the blob where it is.
      return error.code != .system(.noSuchFileOrDirectory)
    }
  }

  private func publish(_ temporary: FilePath, as digest: Digest) throws(CacheError) {
    let target = file(digest)
    do throws(CacheError) {
      try layout.withDirectory(target.removingLastComponent()) { () throws(CacheError) in
        try FileSystem.rename(temporary, to: target)
      }
    } catch {
      FileTransfer.discard(temporary)
      throw error
    }
  }

  /// Whether a blob of this size is there, by one `stat`; its bytes are verified when they are read.
  ///
  /// Marks it as used, at most once a day. One of another size is removed.
  package func contains(_ digest: Digest, size: Int64) -> Bool {
    let path = file(digest)
    guard let found = FileIdentity(path.string) else { return false }
    guard found.type == .regular, found.size == size else {
      FileTransfer.removeTree(path)
      return false
    }
    Self.markUsed(path, found)
    return true
  }

  /// The same for one who may change nothing: neither marks nor removes.
  package func holds(_ digest: Digest, size: Int64) -> Bool {
    guard let found = FileIdentity(file(digest).string) else { return false }
    return found.type == .regular && found.size == size
  }

  /// Marks a file as used where its last mark is a day old.
  ///
  /// A cache that cannot be written to is still read: then the mark just does not move.
  static func markUsed(_ path: FilePath, _ identity: FileIdentity) {
    guard now() - identity.modified > touchInterval else { return }
    do { try FileSystem.touch(path) } catch {}
  }

  /// The system's clock, in nanoseconds since 1970.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// The bytes of a blob, verified; nil where it is absent.
  ///
  /// A bad one is removed first.
  package func read(_ digest: Digest) throws(CacheError) -> [UInt8]? {
    let path = file(digest)
    guard let identity = FileIdentity(path.string) else { return nil }
    guard identity.type == .regular else {
      FileTransfer.removeTree(path)
      return nil
    }
    guard let bytes = try FileSystem.read(path) else { return nil }
    guard Digest.of(bytes) == digest else {
      FileTransfer.discard(path)
      return nil
    }
    Self.markUsed(path, identity)
    return bytes
  }

  /// Writes a blob to `path`, where nothing may be yet, and verifies the bytes on their way.
  ///
  /// False where the blob is absent or bad; then nothing is at `path`, and a bad blob is removed.
  package func copy(
    _ digest: Digest, size: Int64, to path: FilePath, mode: UInt32
  ) throws(CacheError) -> Bool {
    let blob = file(digest)
    guard contains(digest, size: size), let source = try FileTransfer.open(blob) else {
      return false
    }
    defer { FileTransfer.close(source) }
    let target = try FileSystem.createFile(path, mode: 0o600)
    defer { FileTransfer.close(target) }
    do throws(CacheError) {
      let content = try FileTransfer.copy(from: source, blob, to: target, path, size: size)
      if content.digest == digest, content.size == size {
        try FileSystem.setMode(descriptor: target, mode & 0o777, path: path)
        return true
      }
    } catch {
      FileTransfer.discard(path)
      throw error
    }
    FileTransfer.discard(path)
    FileTransfer.discard(blob)
    return false
  }

  /// Whether the bytes of a blob are what its name says; a bad one is removed.
  func verify(_ digest: Digest) throws(CacheError) -> Bool {
    let path = file(digest)
    guard let source = try FileTransfer.open(path) else { return false }
    defer { FileTransfer.close(source) }
    if try FileTransfer.hash(source, path: path).digest == digest { return true }
    FileTransfer.discard(path)
    return false
  }
}
