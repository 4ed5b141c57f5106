// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the files that a `Glob` takes, and reports each directory it read, so that the list can be
// proved to be still right without reading them again. Knows no digests.

package import SystemPackage

/// Finds files by patterns.
package enum GlobWalk {
  /// What was found.
  ///
  /// All paths are relative to the root, in bytewise order.
  package struct Expansion: Sendable, Hashable {
    /// A place that was read, and what it was just before.
    package struct Visit: Sendable, Hashable {
      package let path: String
      package let identity: FileIdentity

      /// Makes a visit.
      package init(path: String, identity: FileIdentity) {
        self.path = path
        self.identity = identity
      }
    }

    /// Regular files and symbolic links that match.
    package var files: [String] = []
    /// Directories that match and hold nothing.
    package var emptyDirectories: [String] = []
    /// The directories that were read, `""` for the root.
    ///
    /// While their identities stay, so does the list. Where a pattern leads through something that is
    /// no directory, that stands here.
    package var visits: [Visit] = []
    /// Paths that patterns name and that are not there; the list stays while they stay absent.
    package var missing: [String] = []

    /// The paths of `visits`.
    package var directories: [String] { visits.map(\.path) }

    /// Starts with nothing.
    package init() {}
  }

  /// Finds what `glob` takes below the directory `base`, which is relative to `root`.
  ///
  /// Patterns without wildcards cost one look each and no directory is read for them. Symbolic links
  /// are listed, never followed; devices, sockets and pipes are left out.
  package static func expand(
    _ glob: Glob, base: String, root: FilePath
  ) throws(CacheError) -> Expansion {
    var walk = Walk(glob: glob, base: base, reader: try DirectoryReader(root: root))
    for literal in glob.literals { try walk.addLiteral(literal) }
    for prefix in glob.literalPrefixes { try walk.addTree(prefix) }
    return walk.finish()
  }

  /// The walk's state; paths in it are relative to the base.
  private struct Walk {
    let glob: Glob
    let base: String
    let reader: DirectoryReader
    var expansion = Expansion()
    var seen: Set<PathKey> = []
    var pending: [String] = []

    init(glob: Glob, base: String, reader: DirectoryReader) {
      self.glob = glob
      self.base = base == "." ? "" : base
      self.reader = reader
    }

    private func full(_ path: String) -> String {
      if base.isEmpty { return path }
      return path.isEmpty ? base : base + "/" + path
    }

    mutating func addLiteral(_ path: String) throws(CacheError) {
      guard let identity = try reader.look(at: full(path)) else {
        expansion.missing.append(full(path))
        return
      }
      switch identity.type {
      case .directory: try addTree(path)
      case .regular, .symbolicLink:
        let isTaken = glob.isLiteralDecisive || glob.matches(path)
        if isTaken { expansion.files.append(full(path)) }
      case .other: throw CacheError(.unsupportedType, "read", full(path))
      }
    }

    mutating func addTree(_ path: String) throws(CacheError) {
      guard glob.mayMatch(below: path), try isReachable(path) else { return }
      pending.append(path)
      while let next = pending.popLast() { try readDirectory(next) }
    }

    /// Whether `path` is a directory that no symbolic link leads to.
    private mutating func isReachable(_ path: String) throws(CacheError) -> Bool {
      var end = path.utf8.startIndex
      while true {
        let slash = path.utf8[end...].firstIndex(of: 0x2F) ?? path.utf8.endIndex
        let part = full(String(path[..<slash]))
        guard let identity = try reader.look(at: part) else {
          expansion.missing.append(part)
          return false
        }
        if identity.type != .directory {
          expansion.visits.append(Expansion.Visit(path: part, identity: identity))
          return false
        }
        if slash == path.utf8.endIndex { return true }
        end = path.utf8.index(after: slash)
      }
    }

    private mutating func readDirectory(_ path: String) throws(CacheError) {
      guard seen.insert(PathKey(path)).inserted else { return }
      guard let listing = try reader.read(full(path)) else {
        // Gone since its name was read: the directory that named it is changed too.
        return
      }
      expansion.visits.append(Expansion.Visit(path: full(path), identity: listing.identity))
      if listing.entries.isEmpty, glob.matches(path) {
        expansion.emptyDirectories.append(full(path))
      }
      for entry in listing.entries {
        let child = path.isEmpty ? entry.name : path + "/" + entry.name
        switch entry.type {
        case .directory: if glob.mayMatch(below: child) { pending.append(child) }
        case .regular, .symbolicLink:
          if glob.matches(child) { expansion.files.append(full(child)) }
        case .other: break
        }
      }
    }

    func finish() -> Expansion {
      var result = Expansion()
      result.files = Bytewise.sortedUnique(expansion.files)
      result.emptyDirectories = Bytewise.sortedUnique(expansion.emptyDirectories)
      result.missing = Bytewise.sortedUnique(expansion.missing)
      result.visits = expansion.visits.sorted { Bytewise.precedes($0.path, $1.path) }
      return result
    }
  }
}
