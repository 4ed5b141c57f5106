// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The folders of past runs: which there are, and which have to go. Knows nothing of what is in them.

import Cache
package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The folders below `.stagecraft/runs`.
package enum RunFolders {
  /// The runs on disk, newest first.
  package static func newestFirst(in runs: FilePath) -> [FilePath] {
    let folders = entries(of: runs).compactMap {
      name -> (path: FilePath, identity: FileIdentity)? in
      let path = runs.appending(name)
      guard let identity = FileIdentity(path.string), identity.type == .directory else {
        return nil
      }
      return (path, identity)
    }
    return folders.sorted { left, right in
      left.identity.changed != right.identity.changed
        ? left.identity.changed > right.identity.changed
        : left.path.string > right.path.string
    }.map(\.path)
  }

  /// Removes all but the newest `count` runs.
  static func removeOldest(in runs: FilePath, keeping count: Int) throws(CacheError) {
    for folder in newestFirst(in: runs).dropFirst(count) { try remove(folder) }
  }

  /// Removes a folder with all that is in it; follows no link.
  private static func remove(_ folder: FilePath) throws(CacheError) {
    for name in entries(of: folder) {
      let path = folder.appending(name)
      if FileIdentity(path.string)?.type == .directory {
        try remove(path)
      } else {
        try FileSystem.removeFile(path)
      }
    }
    FileSystem.removeEmptyDirectory(folder)
  }

  /// The names in a folder, sorted; none where it cannot be read.
  private static func entries(of folder: FilePath) -> [String] {
    guard let stream = opendir(folder.string) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func seek(
    _ descriptor: Int32, to position: Int64, path: FilePath
  ) throws(CacheError) {
    if lseek(descriptor, off_t(position), SEEK_SET) < 0 {
      throw CacheError(.system(Errno(rawValue: errno)), "seek in", path.string)
    }
  }

  static func close(_ descriptor: Int32) {
    #if canImport(Darwin)
      _ = Darwin.close(descriptor)
    #else
      _ = Glibc.close(descriptor)
    #endif
  }
}
