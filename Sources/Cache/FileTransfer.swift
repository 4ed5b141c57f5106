// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads open files once while hashing and copying them, and moves files between file systems. Knows
// nothing of what the files mean or where they belong.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Moves the bytes of files from one place to another.
package enum FileTransfer {
  /// The content of a file as it passed by.
  package struct Content: Hashable, Sendable {
    package let digest: Digest
    /// Bytes.
    package let size: Int64
  }

  /// From this size on, asking the file system to share blocks is worth a system call.
  private static let shareThreshold: Int64 = 128 * 1024

  /// Opens a file for reading, never through a symbolic link and never waiting for a pipe's writer;
  /// nil where nothing is there.
  package static func open(_ path: FilePath) throws(CacheError) -> Int32? {
    while true {
      let descriptor = path.withPlatformString { name in
        #if canImport(Darwin)
          Darwin.open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        #else
          Glibc.open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        #endif
      }
      if descriptor >= 0 { return descriptor }
      switch errno {
      case EINTR: continue
      case ENOENT, ENOTDIR: return nil
      // A symbolic link, and a socket: neither has content.
      case ELOOP, ENXIO: throw CacheError(.unsupportedType, "read", path.string)
      default: throw CacheError(.system(Errno(rawValue: errno)), "open", path.string)
      }
    }
  }

  /// Closes a descriptor.
  package static func close(_ descriptor: Int32) {
    #if canImport(Darwin)
      _ = Darwin.close(descriptor)
    #else
      _ = Glibc.close(descriptor)
    #endif
  }

  /// Hashes an open file from its position to its end.
  package static func hash(_ source: Int32, path: FilePath) throws(CacheError) -> Content {
    try pass(source, path: path) { _ throws(CacheError) in }
  }

  /// Copies an open file, from its start, into an empty one while hashing what arrives.
  ///
  /// Where the file system can share blocks nothing is written: what is hashed then is the copy.
  package static func copy(
    from source: Int32, _ path: FilePath, to target: Int32, _ targetPath: FilePath, size: Int64
  ) throws(CacheError) -> Content {
    if size >= shareThreshold, FileSystem.shareBlocks(from: source, to: target) {
      return try hash(source, path: path)
    }
    return try pass(source, path: path) { piece throws(CacheError) in
      try FileSystem.write(piece, to: target, path: targetPath)
    }
  }

  private static func pass(
    _ source: Int32, path: FilePath, _ body: (UnsafeRawBufferPointer) throws(CacheError) -> Void
  ) throws(CacheError) -> Content {
    var builder = DigestBuilder()
    var size: Int64 = 0
    let length = FileIdentity(descriptor: source).map { Int($0.size) } ?? 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(max(length + 1, 4096), 256 * 1024), alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw CacheError(.system(Errno(rawValue: errno)), "read", path.string)
      }
      if count == 0 { break }
      let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      builder.update(piece)
      try body(piece)
      size += Int64(count)
    }
    return Content(digest: builder.finalize(), size: size)
  }

  /// The text of a symbolic link.
  package static func linkTarget(_ path: FilePath) throws(CacheError) -> String {
    let size = Int(PATH_MAX)
    var count = -1
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).withMemoryRebound(to: CChar.self) { text in
        guard let start = text.baseAddress else { return }
        count = path.withPlatformString { readlink($0, start, size) }
      }
      initialized = max(count, 0)
    }
    guard count >= 0 else {
      throw CacheError(.system(Errno(rawValue: errno)), "read", path.string)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CacheError(.nameNotUTF8, "read", path.string)
    }
    return text
  }

  /// Renames `source` to `target`; across file systems copies it beside `target` first, so that
  /// `target` still changes in one step.
  package static func move(_ source: FilePath, to target: FilePath) throws(CacheError) {
    do {
      try FileSystem.rename(source, to: target)
      return
    } catch {
      guard error.code == .system(.improperLink) else { throw error }
    }
    guard let identity = FileIdentity(source.string) else {
      throw CacheError(.missing, "move", source.string)
    }
    let temporary = target.removingLastComponent().appending(FileSystem.temporaryName())
    do throws(CacheError) {
      try duplicate(source, identity, to: temporary)
      try FileSystem.rename(temporary, to: target)
    } catch {
      discard(temporary)
      throw error
    }
    try FileSystem.removeFile(source)
  }

  private static func duplicate(
    _ source: FilePath, _ identity: FileIdentity, to target: FilePath
  ) throws(CacheError) {
    guard identity.type != .symbolicLink else {
      return try FileSystem.createLink(target, to: try linkTarget(source))
    }
    guard let from = try open(source) else { throw CacheError(.missing, "move", source.string) }
    defer { close(from) }
    let to = try FileSystem.createFile(target, mode: 0o600)
    defer { close(to) }
    _ = try copy(from: from, source, to: to, target, size: identity.size)
    try FileSystem.setMode(descriptor: to, identity.mode & 0o777, path: target)
  }

  /// Removes a file of ours while another error is on its way up; that it cannot be removed is then
  /// not worth reporting: what stays in a temporary directory is cleared away later.
  package static func discard(_ path: FilePath) {
    do { try FileSystem.removeFile(path) } catch {}
  }

  /// The names in a directory, sorted; none where there is no directory, or none that we may read.
  ///
  /// Names that are not UTF-8 are left out: none of ours are such.
  package static func names(in directory: FilePath) -> [String] {
    guard let stream = directory.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
    while let entry = readdir(stream) {
      let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      guard let name = String(validatingCString: start), name != ".", name != ".." else { continue }
      names.append(name)
    }
    return names.sorted()
  }

  /// Removes a file, or a directory with all that is in it, never following a symbolic link; says
  /// whether it is gone.
  @discardableResult
  package static func removeTree(_ path: FilePath) -> Bool {
    guard let identity = FileIdentity(path.string) else { return true }
    if identity.type == .directory {
      for name in names(in: path) { removeTree(path.appending(name)) }
      return FileSystem.removeEmptyDirectory(path)
    }
    discard(path)
    return FileIdentity(path.string) == nil
  }
}
