// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Moves declared outputs of tasks between the work tree and the content store, and out of the way of
// a new execution. Writes nowhere but below the project root; knows nothing of tasks or keys.

package import SystemPackage

/// Declared outputs in one project.
package struct OutputStore: Sendable {
  /// The project root: what paths of outputs are relative to.
  package let root: FilePath
  /// Where their content is kept.
  package let contents: ContentStore
  /// Where they are staged and set aside.
  package let state: StateLayout

  /// Outputs below `root`, with content in `contents`.
  package init(root: FilePath, contents: ContentStore, state: StateLayout) {
    self.root = root
    self.contents = contents
    self.state = state
  }

  // MARK: Capture

  /// Stores the content of what a task made; returns it sorted bytewise by path, each with what
  /// `stat` said of it.
  ///
  /// `paths` are regular files and symbolic links. A link is kept as it is, also where it dangles; one
  /// that is absolute or leads out of the project is an `escapes` error, as is a path behind a linked
  /// directory. Devices, sockets and pipes are an `unsupportedType` error, what is not there is a
  /// `missing` one, and what changes meanwhile an `unstable` one.
  package func capture(
    _ paths: [String], emptyDirectories: [String]
  ) throws(CacheError) -> [(OutputFile, FileIdentity)] {
    var safe: Set<String> = []
    var captured: [(OutputFile, FileIdentity)] = []
    for path in paths {
      try checkParents(of: path, safe: &safe, "store")
      captured.append(try capture(path))
    }
    for path in emptyDirectories {
      try checkParents(of: path, safe: &safe, "store")
      guard let identity = FileIdentity(place(path).string) else {
        throw CacheError(.missing, "store", path)
      }
      guard identity.type == .directory else { throw CacheError(.unsupportedType, "store", path) }
      let output = OutputFile(
        path: path, type: .directory, mode: identity.mode & 0o777, size: 0, digest: Digest.of([]))
      captured.append((output, identity))
    }
    return captured.sorted { $0.0.path.utf8.lexicographicallyPrecedes($1.0.path.utf8) }
  }

  private func capture(_ path: String) throws(CacheError) -> (OutputFile, FileIdentity) {
    let place = place(path)
    guard let identity = FileIdentity(place.string) else {
      throw CacheError(.missing, "store", path)
    }
    switch identity.type {
    case .regular:
      let (digest, identity) = try contents.insert(fileAt: place)
      let output = OutputFile(
        path: path, type: .regular, mode: identity.mode & 0o777, size: identity.size,
        digest: digest)
      return (output, identity)
    case .symbolicLink:
      let target = try FileTransfer.linkTarget(place)
      guard OutputFile.linkStays(at: path, target: target) else {
        throw CacheError(.escapes, "store", path)
      }
      let output = OutputFile(
        path: path, type: .symbolicLink, mode: 0, size: Int64(target.utf8.count),
        digest: Digest.of(target), target: target)
      return (output, identity)
    case .directory, .other:
      throw CacheError(.unsupportedType, "store", path)
    }
  }

  // MARK: Restore

  /// Puts `outputs` into the work tree and removes what only `previous` has; returns what `stat` says
  /// of each output then, in the order given.
  ///
  /// nil where a blob is absent or bad: then nothing was touched and the task has to run. All content
  /// is staged and verified before the first file changes; then each file is replaced by a rename. A
  /// file of `previous` goes only where its bytes still are those that the earlier run made; foreign
  /// and edited files stay. A directory that this empties held nothing but outputs, so it goes too.
  /// Paths that are absolute, hold `..` or lead through a linked directory are an `escapes` error.
  package func restore(
    _ outputs: [OutputFile], removing previous: [OutputFile]
  ) throws(CacheError) -> [FileIdentity]? {
    let kept = Set(outputs.map(\.path))
    let stale = previous.filter { !kept.contains($0.path) }
    let stalePaths = Set(stale.map(\.path))
    var safe: Set<String> = []
    for output in outputs {
      try check(output)
      try checkParents(of: output.path, safe: &safe, besides: stalePaths, "restore")
    }
    for output in outputs where output.type == .regular {
      guard contents.contains(output.digest, size: output.size) else { return nil }
    }
    guard !outputs.isEmpty else {
      try remove(stale, keeping: kept)
      return []
    }
    let (stage, lock) = try StagingDirectory.create(Self.stagePrefix, in: state)
    defer {
      FileTransfer.removeTree(stage)
      withExtendedLifetime(lock) {}
    }
    guard try fill(stage, with: outputs) else { return nil }

    // What was a file and becomes a directory, or the other way round, has to go first.
    let directories = Self.ancestors(of: outputs)
    let blocking = stale.filter { old in
      directories.contains(old.path)
        || Self.ancestors(of: [old]).contains { kept.contains($0) }
    }
    try remove(blocking, keeping: kept)
    for (position, output) in outputs.enumerated() {
      try swapIn(output, from: stage.appending(String(position)))
    }
    try remove(stale, keeping: kept)
    var identities: [FileIdentity] = []
    for output in outputs {
      guard let identity = FileIdentity(place(output.path).string) else {
        throw CacheError(.missing, "restore", output.path)
      }
      identities.append(identity)
    }
    return identities
  }

  /// What staged files are in while they are verified.
  static let stagePrefix = "restore-"

  /// Refuses an output that no capture of ours can have made.
  private func check(_ output: OutputFile) throws(CacheError) {
    guard output.type == .symbolicLink else { return }
    guard let target = output.target, Digest.of(target) == output.digest else {
      throw CacheError(.corrupt, "restore", output.path)
    }
    guard OutputFile.linkStays(at: output.path, target: target) else {
      throw CacheError(.escapes, "restore", output.path)
    }
  }

  /// Makes every file and link in `stage`, named by position; false where content is missing.
  private func fill(_ stage: FilePath, with outputs: [OutputFile]) throws(CacheError) -> Bool {
    for (position, output) in outputs.enumerated() {
      let place = stage.appending(String(position))
      switch output.type {
      case .directory: continue
      case .symbolicLink: try FileSystem.createLink(place, to: output.target ?? "")
      case .regular:
        guard
          try contents.copy(output.digest, size: output.size, to: place, mode: output.mode)
        else { return false }
      }
    }
    return true
  }

  private func swapIn(_ output: OutputFile, from staged: FilePath) throws(CacheError) {
    let target = place(output.path)
    try FileSystem.createDirectory(target.removingLastComponent())
    let found = FileIdentity(target.string)
    guard output.type == .directory else {
      if found?.type == .directory { FileSystem.removeEmptyDirectory(target) }
      return try FileTransfer.move(staged, to: target)
    }
    if let found, found.type != .directory { try FileSystem.removeFile(target) }
    try FileSystem.createDirectory(target)
    if FileIdentity(target.string).map({ $0.mode & 0o777 }) != output.mode {
      try FileSystem.setMode(target, output.mode & 0o777)
    }
  }

  /// Removes outputs of an earlier run that still are what it made, and directories this empties.
  private func remove(_ stale: [OutputFile], keeping kept: Set<String>) throws(CacheError) {
    var emptied: Set<String> = []
    for output in stale where try isUnchanged(output, identity: nil) {
      if output.type == .directory {
        FileSystem.removeEmptyDirectory(place(output.path))
      } else {
        try FileSystem.removeFile(place(output.path))
      }
      emptied.formUnion(Self.ancestors(of: [output]))
    }
    prune(emptied.subtracting(kept))
  }

  /// Removes those of these directories that are empty, the deepest first.
  func prune(_ directories: Set<String>) {
    for path in directories.sorted(by: { $0.utf8.count > $1.utf8.count }) {
      let place = place(path)
      guard FileIdentity(place.string)?.type == .directory else { continue }
      FileSystem.removeEmptyDirectory(place)
    }
  }

  // MARK: Comparing

  /// Whether what is at the path of `output` still is what an earlier run made.
  ///
  /// An equal identity proves it. Where only the ctime moved, as a rename does, or no identity is
  /// known, the bytes decide. A path behind a linked directory is not ours.
  func isUnchanged(
    _ output: OutputFile, identity: FileIdentity?
  ) throws(CacheError) -> Bool {
    var safe: Set<String> = []
    do throws(CacheError) {
      try checkParents(of: output.path, safe: &safe, "compare")
    } catch {
      return false
    }
    let place = place(output.path)
    guard let found = FileIdentity(place.string) else { return false }
    if found == identity { return true }
    switch (output.type, found.type) {
    case (.directory, .directory): return FileTransfer.names(in: place).isEmpty
    case (.symbolicLink, .symbolicLink):
      return try FileTransfer.linkTarget(place) == output.target
    case (.regular, .regular):
      guard found.size == output.size, found.mode & 0o777 == output.mode,
        let source = try FileTransfer.open(place)
      else { return false }
      defer { FileTransfer.close(source) }
      return try FileTransfer.hash(source, path: place).digest == output.digest
    default: return false
    }
  }

  // MARK: Paths

  /// Where the output `path` is in the work tree.
  func place(_ path: String) -> FilePath { root.appending(path) }

  /// Every directory above these outputs and below the root.
  static func ancestors(of outputs: [OutputFile]) -> Set<String> {
    var directories: Set<String> = []
    for output in outputs {
      var path = output.path[...]
      while let slash = path.lastIndex(of: "/") {
        path = path[..<slash]
        guard directories.insert(String(path)).inserted else { break }
      }
    }
    return directories
  }

  /// Refuses a path that leaves the root, by its words or through a linked directory.
  ///
  /// `safe` holds the directories that were looked at already; `besides` holds paths that will have
  /// been removed before the directory is needed.
  func checkParents(
    of path: String, safe: inout Set<String>, besides: Set<String> = [], _ operation: String
  ) throws(CacheError) {
    guard let parts = OutputFile.parts(of: path) else {
      throw CacheError(.escapes, operation, path)
    }
    guard parts.count > 1 else { return }
    var directory = ""
    for part in parts.dropLast() {
      directory += directory.isEmpty ? String(part) : "/" + part
      if safe.contains(directory) { continue }
      guard let found = FileIdentity(place(directory).string) else { return }
      if found.type == .directory {
        safe.insert(directory)
      } else if besides.contains(directory) {
        return
      } else if found.type == .symbolicLink {
        throw CacheError(.escapes, operation, path)
      } else {
        throw CacheError(.system(.notDirectory), operation, path)
      }
    }
  }
}
