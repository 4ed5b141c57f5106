// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What `stat` says of a file, and what of it proves that its bytes are the same. Knows no digests.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a file was when it was looked at.
///
/// Two equal identities mean equal bytes, given the racy rule of ``FileDigests``. ctime and inode are
/// part of it because mtime and size can be set by anyone (`touch -r`, `mv`). The device is not: it
/// differs between mounts of the same files. (The tuple is Bazel's FileContentsProxy plus the mode.)
package struct FileIdentity: Hashable, Sendable, Storable {
  package let inode: UInt64
  /// Bytes.
  package let size: Int64
  /// Nanoseconds since 1970.
  package let modified: Int64
  /// Nanoseconds since 1970; no program can set this one.
  package let changed: Int64
  /// Type and permission bits.
  package let mode: UInt32

  /// Makes an identity of its parts.
  package init(inode: UInt64, size: Int64, modified: Int64, changed: Int64, mode: UInt32) {
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
    self.mode = mode
  }

  /// Takes what the system returned.
  init(_ status: stat) {
    #if canImport(Darwin)
      let modification = status.st_mtimespec
      let change = status.st_ctimespec
    #else
      let modification = status.st_mtim
      let change = status.st_ctim
    #endif
    self.init(
      inode: UInt64(status.st_ino), size: Int64(status.st_size),
      modified: Int64(modification.tv_sec) * 1_000_000_000 + Int64(modification.tv_nsec),
      changed: Int64(change.tv_sec) * 1_000_000_000 + Int64(change.tv_nsec),
      mode: UInt32(status.st_mode))
  }

  /// Stands for the directory that the process is in.
  package static var currentDirectory: Int32 { AT_FDCWD }

  /// Looks at `path` below the open directory `directory`; never follows a symbolic link.
  ///
  /// nil where nothing is there, and where it cannot be looked at.
  package init?(at path: UnsafePointer<CChar>, in directory: Int32 = currentDirectory) {
    var status = stat()
    guard fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    self.init(status)
  }

  /// Looks at `path` below the open directory `directory`.
  package init?(_ path: String, in directory: Int32 = currentDirectory) {
    guard let identity = path.withCString({ FileIdentity(at: $0, in: directory) }) else {
      return nil
    }
    self = identity
  }

  /// Looks at an open file.
  package init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The same file under an inode that none has: equal to nothing that `stat` will say.
  ///
  /// Recorded in place of an identity that the racy rule does not trust.
  package var distrusted: FileIdentity {
    FileIdentity(inode: 0, size: size, modified: modified, changed: changed, mode: mode)
  }

  /// The type of a file.
  package enum FileType: UInt8, Sendable { case regular, directory, symbolicLink, other }

  /// What it is.
  package var type: FileType {
    switch mode & UInt32(S_IFMT) {
    case UInt32(S_IFREG): .regular
    case UInt32(S_IFDIR): .directory
    case UInt32(S_IFLNK): .symbolicLink
    default: .other
    }
  }

  /// Whether its owner may execute it: the only permission that is part of keys, as in git.
  package var isExecutable: Bool { mode & 0o100 != 0 }

  package func write(to writer: inout RecordWriter) {
    writer.write(inode)
    writer.write(size)
    writer.write(modified)
    writer.write(changed)
    writer.write(UInt64(mode))
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    self.init(
      inode: try reader.readUInt64(), size: try reader.readInt64(),
      modified: try reader.readInt64(), changed: try reader.readInt64(),
      mode: UInt32(truncatingIfNeeded: try reader.readUInt64()))
  }
}
