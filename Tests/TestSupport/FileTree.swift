// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes, reads and lists files for tests, and sets what `stat` will say of them. Knows nothing of
// what the files are for.

package import Cache
package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Files below one directory, named by paths relative to it.
package struct FileTree: Sendable {
  /// The directory.
  package let root: FilePath

  /// Files below `root`.
  package init(_ root: FilePath) { self.root = root }

  /// Where `name` is.
  package func path(_ name: String) -> FilePath { root.pushing(FilePath(name)) }

  /// Writes into the file that is there, if one is: the inode stays.
  ///
  /// Makes directories as needed.
  package func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
    try write(name, bytes: Array(text.utf8), mode: mode)
  }

  /// Writes bytes, in place where the file is there.
  package func write(_ name: String, bytes: [UInt8], mode: UInt32 = 0o644) throws {
    let path = path(name)
    try makeDirectory(path.removingLastComponent())
    let descriptor = open(path.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
    try Self.check(descriptor, path)
    defer { close(descriptor) }
    try Self.check(fchmod(descriptor, mode_t(mode)), path)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(descriptor, $0) }
      try Self.check(Int32(clamping: count), path)
      rest = rest.dropFirst(count)
    }
  }

  /// The bytes of a file; nil where nothing is there.
  package func bytes(_ name: String) throws -> [UInt8]? { try FileSystem.read(path(name)) }

  /// The text of a file; nil where nothing is there.
  package func text(_ name: String) throws -> String? {
    try bytes(name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether something is there, a dangling link included.
  package func exists(_ name: String) -> Bool { FileIdentity(path(name).string) != nil }

  /// What `stat` says of a file.
  package func identity(_ name: String) throws -> FileIdentity {
    guard let identity = FileIdentity(path(name).string) else { throw Errno.noSuchFileOrDirectory }
    return identity
  }

  /// Removes a file, or a directory with all that is in it; nothing there is fine.
  package func remove(_ name: String) throws { try Self.remove(path(name)) }

  /// Renames a file.
  package func rename(_ name: String, to other: String) throws {
    let target = path(other)
    try makeDirectory(target.removingLastComponent())
    try Self.check(systemRename(path(name).string, target.string), target)
  }

  /// Makes a symbolic link.
  package func link(_ name: String, to target: String) throws {
    let path = path(name)
    try makeDirectory(path.removingLastComponent())
    try Self.check(symlink(target, path.string), path)
  }

  /// Makes a directory with those above it.
  package func makeDirectory(_ name: String) throws { try makeDirectory(path(name)) }

  /// Sets the permission bits.
  package func setMode(_ name: String, _ mode: UInt32) throws {
    try Self.check(chmod(path(name).string, mode_t(mode)), path(name))
  }

  /// Sets the mtime, in nanoseconds since 1970, as `touch -r` does; nobody can set the ctime.
  package func setModified(_ name: String, _ nanoseconds: Int64) throws {
    let time = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    try Self.check(
      utimensat(AT_FDCWD, path(name).string, [time, time], AT_SYMLINK_NOFOLLOW), path(name))
  }

  /// Every file, link and empty directory by path, with mode and content as text; what is in the
  /// directories named `except` is left out.
  package func contents(except: Set<String> = [".stagecraft"]) throws -> [String: String] {
    var found: [String: String] = [:]
    try visit("", except) { name, identity in
      found[name] =
        switch identity.type {
        case .directory: "directory"
        case .symbolicLink: "link " + (try Self.target(of: path(name)))
        case .regular, .other:
          String(identity.mode & 0o777, radix: 8) + " " + (try text(name) ?? "")
        }
    }
    return found
  }

  /// Every file, link and directory by path, with all that `stat` says of it but the ctime of
  /// directories above, and its bytes: two of these are equal where nothing was changed.
  package func fingerprint() throws -> [String: String] {
    var found: [String: String] = [:]
    try visit("", [], includingDirectories: true) { name, identity in
      let content = identity.type == .regular ? Digest.of(try bytes(name) ?? []).hex : ""
      found[name] = "\(identity) \(content)"
    }
    return found
  }

  /// The paths of all regular files, sorted.
  package func files(except: Set<String> = []) throws -> [String] {
    var found: [String] = []
    try visit("", except) { name, identity in
      if identity.type == .regular { found.append(name) }
    }
    return found.sorted()
  }

  private func visit(
    _ prefix: String, _ except: Set<String>, includingDirectories: Bool = false,
    _ body: (String, FileIdentity) throws -> Void
  ) throws {
    for name in Self.names(in: prefix.isEmpty ? root : path(prefix)) where !except.contains(name) {
      let whole = prefix.isEmpty ? name : prefix + "/" + name
      guard let identity = FileIdentity(path(whole).string) else { continue }
      guard identity.type == .directory else {
        try body(whole, identity)
        continue
      }
      if includingDirectories || Self.names(in: path(whole)).isEmpty { try body(whole, identity) }
      try visit(whole, except, includingDirectories: includingDirectories, body)
    }
  }

  private func makeDirectory(_ path: FilePath) throws {
    if mkdir(path.string, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, !path.removingLastComponent().isEmpty else {
      throw Errno(rawValue: errno)
    }
    try makeDirectory(path.removingLastComponent())
    if mkdir(path.string, 0o755) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
  }

  /// The names in a directory, sorted; none where it cannot be read.
  package static func names(in directory: FilePath) -> [String] {
    guard let stream = opendir(directory.string) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      guard let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) else { continue }
      let name = String(
        cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file, or a directory with all that is in it; follows no link.
  package static func remove(_ path: FilePath) throws {
    guard let identity = FileIdentity(path.string) else { return }
    if identity.type == .directory {
      chmod(path.string, 0o755)
      for name in names(in: path) { try remove(path.appending(name)) }
      try check(rmdir(path.string), path)
    } else {
      try check(unlink(path.string), path)
    }
  }

  /// The text of a symbolic link.
  package static func target(of path: FilePath) throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path.string, &buffer, buffer.count)
    try check(Int32(clamping: count), path)
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func check(_ result: Int32, _ path: FilePath) throws {
    if result < 0 {
      throw CacheError(.system(Errno(rawValue: errno)), "prepare", path.string)
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

private func systemRename(_ source: String, _ target: String) -> Int32 { rename(source, target) }
