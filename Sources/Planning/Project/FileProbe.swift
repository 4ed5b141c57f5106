// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks the file system what stands under a path. The only system call of this folder.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What stands under a path, links followed.
enum FileProbe {
  /// The sorts of things a search tells apart.
  enum Kind {
    case file
    case directory
    case other
  }

  /// What stands under `path`; nil when nothing does or the way to it is closed.
  static func kind(of path: UnsafePointer<CChar>) -> Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    default: return .other
    }
  }
}
