// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A directory that is gone after the test, and the few calls that make files in it with chosen times.
// Knows nothing of what is tested.

import Cache
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A directory for one test.
final class FileSandbox {
  let root: FilePath
  private let isOwner: Bool

  init() throws {
    var template = Array("/tmp/stagecraft-cache-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    root = FilePath(String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self))
    isOwner = true
  }

  /// Takes a directory that another sandbox removes.
  init(at root: FilePath) {
    self.root = root
    isOwner = false
  }

  deinit { if isOwner { remove(root.string) } }

  private func remove(_ path: String) {
    if let names = try? names(in: path) {
      for name in names { remove(path + "/" + name) }
    }
    if unlink(path) != 0 { rmdir(path) }
  }

  private func names(in path: String) throws -> [String] {
    guard FileIdentity(path)?.type == .directory, let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      guard let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) else { continue }
      let name = String(
        cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  func path(_ name: String) -> FilePath { root.pushing(FilePath(name)) }

  private func check(_ result: Int32) throws {
    if result < 0 { throw Errno(rawValue: errno) }
  }

  func directory(_ name: String, mode: UInt32 = 0o755) throws {
    try FileSystem.createDirectory(path(name))
    try FileSystem.setMode(path(name), mode)
  }

  /// Writes into the file that is there, if one is: the inode stays.
  func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
    if let slash = name.lastIndex(of: "/") {
      try FileSystem.createDirectory(path(String(name[..<slash])))
    }
    let descriptor = open(path(name).string, O_WRONLY | O_CREAT | O_TRUNC, mode)
    try check(descriptor)
    defer { close(descriptor) }
    try FileSystem.write(Array(text.utf8), to: descriptor, path: path(name))
  }

  func write(_ name: String, bytes: [UInt8]) throws {
    let descriptor = open(path(name).string, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try check(descriptor)
    defer { close(descriptor) }
    try FileSystem.write(bytes, to: descriptor, path: path(name))
  }

  func read(_ name: String) throws -> [UInt8]? { try FileSystem.read(path(name)) }

  func link(_ name: String, to target: String) throws {
    try FileSystem.createLink(path(name), to: target)
  }

  func rename(_ name: String, to other: String) throws {
    try FileSystem.rename(path(name), to: path(other))
  }

  func delete(_ name: String) throws { try FileSystem.removeFile(path(name)) }

  func identity(_ name: String) throws -> FileIdentity {
    guard let identity = FileIdentity(path(name).string) else { throw Errno.noSuchFileOrDirectory }
    return identity
  }

  /// Sets the mtime, as `touch -r` does; nobody can set the ctime.
  func setModified(_ name: String, _ nanoseconds: Int64) throws {
    let time = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    try check(utimensat(AT_FDCWD, path(name).string, [time, time], AT_SYMLINK_NOFOLLOW))
  }

  /// File digests of this directory, with their probe in it.
  func digests(index: String? = "digests.idx", isParanoid: Bool = false) -> FileDigests {
    FileDigests(
      root: root, index: index.map { path($0) }, probeDirectory: root, isParanoid: isParanoid)
  }

  /// Asks for the file system's time until `name` is older than it.
  func age(_ name: String, _ digests: FileDigests) throws {
    let identity = try identity(name)
    for _ in 0..<10_000_000 {
      if digests.isTrustworthy(identity) { return }
      digests.refreshProbe()
    }
    throw Errno.timedOut
  }
}
