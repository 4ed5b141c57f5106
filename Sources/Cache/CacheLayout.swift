// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the cache that all projects of a user share lies, and where each part of it is. Knows paths
// only; it reads no file.

package import SystemPackage

/// The places in the shared cache directory.
package struct CacheLayout: Hashable, Sendable {
  /// The cache directory; `v1` in its standard name is the version of everything below it.
  package let root: FilePath

  /// Names the places below `root`; makes nothing.
  package init(root: FilePath) {
    self.root = root
  }

  /// Where the cache of this user is: `$STAGECRAFT_CACHE_DIR`, else `$XDG_CACHE_HOME/stagecraft/v1`,
  /// else `~/.cache/stagecraft/v1` (`~/Library/Caches/stagecraft/v1` on macOS).
  ///
  /// A relative `$XDG_CACHE_HOME` is ignored, as the XDG specification asks. Without a home directory
  /// the cache is in `/tmp`, named after the user.
  package static func standard(environment: [String: String]) -> FilePath {
    if let path = environment["STAGECRAFT_CACHE_DIR"], !path.isEmpty { return FilePath(path) }
    if let path = environment["XDG_CACHE_HOME"], path.hasPrefix("/") {
      return FilePath(path).appending("stagecraft").appending("v1")
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else {
      return FilePath("/tmp/stagecraft-\(environment["USER"] ?? "user")/v1")
    }
    #if canImport(Darwin)
      return FilePath(home).appending("Library/Caches/stagecraft/v1")
    #else
      return FilePath(home).appending(".cache/stagecraft/v1")
    #endif
  }

  /// Blobs, by the digest of their bytes.
  package var contents: FilePath { root.appending("cas").appending("sha256") }

  /// Action records, by key.
  package var actions: FilePath { root.appending("ac").appending("sha256") }

  /// Files that are being written; nothing here is ever read by another process.
  package var temporary: FilePath { root.appending("tmp") }

  /// Held shared by runs, exclusively by a collection.
  package var gcLock: FilePath { root.appending("lock").appending("gc") }

  /// Its modification time is the time of the last collection.
  package var collected: FilePath { root.appending("lock").appending("collected") }

  /// Where the file of `digest` is below `directory`: two digits, then the other sixty-two.
  package static func file(_ digest: Digest, in directory: FilePath) -> FilePath {
    let hex = digest.hex
    return directory.appending(String(hex.prefix(2))).appending(String(hex.dropFirst(2)))
  }

  /// Makes a directory of the cache and those above it, for this user alone.
  package func create(_ directory: FilePath) throws(CacheError) {
    try FileSystem.createDirectory(directory, mode: 0o700)
  }

  /// Does `body`; where it finds a directory missing, makes `directory` and does it once more.
  ///
  /// So the usual call makes no directory, and a cache that was deleted meanwhile comes back.
  func withDirectory<Result>(
    _ directory: FilePath, _ body: () throws(CacheError) -> Result
  ) throws(CacheError) -> Result {
    do {
      return try body()
    } catch {
      guard error.code == .system(.noSuchFileOrDirectory) else { throw error }
    }
    try create(directory)
    return try body()
  }
}
