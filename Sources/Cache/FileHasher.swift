// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads one file below a directory and hashes it, with proof that it did not change meanwhile. Keeps
// nothing and decides no trust.

import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Hashes files.
enum FileHasher {
  /// What came of one attempt.
  enum Outcome {
    case hashed(FileIdentity, Digest, bytes: Int64)
    /// It changed while it was read.
    case changed
    case absent
  }

  private static let pieceSize = 128 * 1024

  /// Hashes what `path` below `root` is; `identity` is what was seen there a moment ago.
  ///
  /// A symbolic link has the digest of its target text, a directory has ``Digest/zero``.
  static func attempt(
    _ path: String, in root: Int32, seen identity: FileIdentity
  ) throws(CacheError) -> Outcome {
    switch identity.type {
    case .directory: .hashed(identity, .zero, bytes: 0)
    case .symbolicLink: try attemptLink(path, in: root, seen: identity)
    case .regular: try attemptFile(path, in: root)
    case .other: throw CacheError(.unsupportedType, "read", path)
    }
  }

  private static func attemptLink(
    _ path: String, in root: Int32, seen identity: FileIdentity
  ) throws(CacheError) -> Outcome {
    let capacity = Int(max(identity.size, 0)) + 1
    let (count, digest) = withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 1) {
      buffer -> (Int, Digest) in
      let target = buffer.bindMemory(to: CChar.self)
      guard let start = target.baseAddress else { return (-1, .zero) }
      let count = readlinkat(root, path, start, capacity)
      guard count >= 0 else { return (-1, .zero) }
      return (count, Digest.of(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
    }
    if count < 0 {
      if errno == ENOENT || errno == ENOTDIR { return .absent }
      if errno == EINVAL { return .changed }
      throw CacheError(.system(Errno(rawValue: errno)), "read", path)
    }
    guard FileIdentity(path, in: root) == identity else { return .changed }
    return .hashed(identity, digest, bytes: Int64(count))
  }

  private static func attemptFile(_ path: String, in root: Int32) throws(CacheError) -> Outcome {
    // O_NONBLOCK: what became a pipe since it was looked at must not stop us.
    let descriptor = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return .absent }
      if errno == ELOOP || errno == ENXIO { return .changed }
      throw CacheError(.system(Errno(rawValue: errno)), "open", path)
    }
    defer { close(descriptor) }
    guard let before = FileIdentity(descriptor: descriptor), before.type == .regular else {
      return .changed
    }
    var builder = DigestBuilder()
    let capacity = min(pieceSize, Int(max(before.size, 0)) + 1)
    let (total, failure) = withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) {
      buffer -> (Int64, Int32) in
      var total: Int64 = 0
      while true {
        let count = read(descriptor, buffer.baseAddress, capacity)
        if count < 0 {
          if errno == EINTR { continue }
          return (total, errno)
        }
        if count > 0 { builder.update(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        total += Int64(count)
        // Growth after this point is seen by the second look.
        if count == 0 || (total == before.size) { return (total, 0) }
      }
    }
    guard failure == 0 else {
      throw CacheError(.system(Errno(rawValue: failure)), "read", path)
    }
    guard FileIdentity(descriptor: descriptor) == before, total == before.size else {
      return .changed
    }
    return .hashed(before, builder.finalize(), bytes: total)
  }
}
