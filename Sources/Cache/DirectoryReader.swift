// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads the names in one directory with one descriptor open at a time. Knows no patterns; whoever
// walks a tree decides what is read next.

import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads directories below a root; never follows a symbolic link as the last part of a path.
///
/// Only the root and the directory being read are open, so that depth costs no descriptors.
final class DirectoryReader {
  /// A name in a directory.
  struct Entry {
    let name: String
    let type: FileIdentity.FileType
  }

  /// What a directory was before it was read, and what it held.
  struct Listing {
    let identity: FileIdentity
    /// In no order.
    let entries: [Entry]
  }

  private let root: Int32

  /// Opens the root.
  init(root: FilePath) throws(CacheError) {
    let descriptor = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw CacheError(.system(Errno(rawValue: errno)), "open", root.string)
    }
    self.root = descriptor
  }

  deinit { close(root) }

  /// Looks at `path`; nil where nothing is there.
  func look(at path: String) throws(CacheError) -> FileIdentity? {
    if let identity = FileIdentity(path.isEmpty ? "." : path, in: root) { return identity }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw CacheError(.system(Errno(rawValue: errno)), "look at", path)
  }

  /// Reads the directory `path`, `""` for the root itself; nil where it is gone or is none.
  func read(_ path: String) throws(CacheError) -> Listing? {
    let descriptor = (path.isEmpty ? "." : path).withCString {
      openat(root, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR || errno == ELOOP { return nil }
      throw CacheError(.system(Errno(rawValue: errno)), "read", path)
    }
    guard let identity = FileIdentity(descriptor: descriptor), let stream = fdopendir(descriptor)
    else {
      let failure = Errno(rawValue: errno)
      close(descriptor)
      throw CacheError(.system(failure), "read", path)
    }
    defer { closedir(stream) }
    var entries: [Entry] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else {
          throw CacheError(.system(Errno(rawValue: errno)), "read", path)
        }
        return Listing(identity: identity, entries: entries)
      }
      guard let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) else { continue }
      let name = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
      if name[0] == 0x2E, name[1] == 0 || (name[1] == 0x2E && name[2] == 0) { continue }
      guard let text = String(validatingCString: name) else {
        throw CacheError(.nameNotUTF8, "read", path + "/" + String(cString: name))
      }
      let type: FileIdentity.FileType
      switch Int(entry.pointee.d_type) {
      case Int(DT_REG): type = .regular
      case Int(DT_DIR): type = .directory
      case Int(DT_LNK): type = .symbolicLink
      case Int(DT_UNKNOWN):
        // Some file systems leave the type out; a name that is gone by now is of no interest.
        guard let identity = FileIdentity(at: name, in: dirfd(stream)) else { continue }
        type = identity.type
      default: type = .other
      }
      entries.append(Entry(name: text, type: type))
    }
  }
}
