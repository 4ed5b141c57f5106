// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps the outputs of an earlier execution out of the way of a new one, until it is known how that
// one ends, also where this process is killed meanwhile. Knows nothing of tasks.

import SystemPackage

/// Outputs that were moved into `.stagecraft/tmp/aside-…`.
///
/// An `index` in that directory says where each came from; this object holds a lock on it as long as
/// it lives, which is how ``OutputStore/recoverAll()`` tells what a killed process left from what
/// another process still works on. Call ``discard(keeping:)`` or ``putBack()`` once.
package final class SetAside: Sendable {
  /// One thing that was moved, and what it was before.
  struct Item: Storable, Hashable {
    let output: OutputFile
    let identity: FileIdentity

    init(output: OutputFile, identity: FileIdentity) {
      self.output = output
      self.identity = identity
    }

    func write(to writer: inout RecordWriter) {
      output.write(to: &writer)
      identity.write(to: &writer)
    }

    init(from reader: inout RecordReader) throws(RecordError) {
      output = try OutputFile(from: &reader)
      identity = try FileIdentity(from: &reader)
    }
  }

  static let magic = "SCASIDE\n"
  static let version: UInt32 = 1
  static let prefix = "aside-"
  static let donePrefix = "done-"

  private let store: OutputStore
  /// nil where there was nothing to move.
  private let directory: FilePath?
  private let items: [Item]
  private let lock: StagingDirectory.Lock?

  init(store: OutputStore, directory: FilePath?, items: [Item], lock: StagingDirectory.Lock?) {
    self.store = store
    self.directory = directory
    self.items = items
    self.lock = lock
  }

  /// The paths that were moved away.
  package var paths: [String] { items.map(\.output.path) }

  /// Ends the matter after a success: what was set aside goes, as do directories that held nothing
  /// else and that `outputs` does not list.
  package func discard(keeping outputs: [OutputFile] = []) throws(CacheError) {
    guard let directory else { return }
    // One step, so that a process killed in the middle leaves nothing that would come back.
    let done = directory.removingLastComponent().appending(
      Self.donePrefix + FileSystem.temporaryName())
    try FileSystem.rename(directory, to: done)
    FileTransfer.removeTree(done)
    store.prune(
      OutputStore.ancestors(of: items.map(\.output)).subtracting(outputs.map(\.path)))
  }

  /// Ends the matter after a failure: what was set aside returns to its place; returns each thing
  /// that did, with what `stat` says of it now.
  ///
  /// Where the failed execution left something at such a path, that stays: it is what its author will
  /// want to look at, and it is never taken for a result, since no record has its identity.
  @discardableResult
  package func putBack() throws(CacheError) -> [(OutputFile, FileIdentity)] {
    guard let directory else { return [] }
    return try store.putBack(items, from: directory)
  }
}

extension OutputStore {
  /// Moves what an earlier execution of a task made out of the way of the next one.
  ///
  /// Moves only what still is what that execution made; what is absent, edited or foreign stays as it
  /// is. The list of what will be moved is on disk before the first move.
  package func setAside(
    _ previous: [(OutputFile, FileIdentity)]
  ) throws(CacheError) -> SetAside {
    var items: [SetAside.Item] = []
    for (output, identity) in previous where try isUnchanged(output, identity: identity) {
      guard let found = FileIdentity(place(output.path).string) else { continue }
      // A directory that was empty once and holds something now is not only ours.
      if output.type == .directory, !FileTransfer.names(in: place(output.path)).isEmpty { continue }
      items.append(SetAside.Item(output: output, identity: found))
    }
    guard !items.isEmpty else {
      return SetAside(store: self, directory: nil, items: [], lock: nil)
    }
    let (directory, lock) = try StagingDirectory.create(SetAside.prefix, in: state)
    do throws(CacheError) {
      var writer = RecordWriter()
      writer.write(items)
      try FileSystem.replace(
        directory.appending("index"),
        with: writer.framed(magic: SetAside.magic, version: SetAside.version))
      for (position, item) in items.enumerated() {
        let place = place(item.output.path)
        if item.output.type == .directory {
          FileSystem.removeEmptyDirectory(place)
        } else {
          try FileTransfer.move(place, to: directory.appending(String(position)))
        }
      }
      return SetAside(store: self, directory: directory, items: items, lock: lock)
    } catch {
      // Half of it may have moved already.
      do throws(CacheError) { _ = try putBack(items, from: directory) } catch {}
      throw error
    }
  }

  /// Puts back what killed processes had set aside, and removes what they had staged.
  ///
  /// To be called once before tasks start; returns the paths that came back.
  ///
  /// What living processes work on is left alone.
  @discardableResult
  package func recoverAll() throws(CacheError) -> [String] {
    var paths: [String] = []
    let ours = [SetAside.prefix, Self.stagePrefix, SetAside.donePrefix]
    for name in FileTransfer.names(in: state.temporary)
    where ours.contains(where: { name.hasPrefix($0) }) {
      let directory = state.temporary.appending(name)
      let lock = try FileLock.acquire(directory.appending("lock"), mode: .exclusive, wait: false)
      guard lock != nil else { continue }
      guard name.hasPrefix(SetAside.prefix) else {
        FileTransfer.removeTree(directory)
        continue
      }
      var items: [SetAside.Item] = []
      if let bytes = try FileSystem.read(directory.appending("index")) {
        do throws(RecordError) {
          var reader = try RecordReader(
            framed: bytes, magic: SetAside.magic, version: SetAside.version)
          items = try reader.readList()
        } catch {
          // Whose bytes these were is lost; whatever made them can be made again.
          items = []
        }
      }
      paths += try putBack(items, from: directory).map(\.0.path)
    }
    return paths
  }

  /// Moves items back to places that are free, then removes `directory`.
  fileprivate func putBack(
    _ items: [SetAside.Item], from directory: FilePath
  ) throws(CacheError) -> [(OutputFile, FileIdentity)] {
    var returned: [(OutputFile, FileIdentity)] = []
    var safe: Set<String> = []
    for (position, item) in items.enumerated() {
      let moved = directory.appending(String(position))
      let place = place(item.output.path)
      guard FileIdentity(place.string) == nil else { continue }
      if item.output.type != .directory, FileIdentity(moved.string) == nil { continue }
      do throws(CacheError) {
        try checkParents(of: item.output.path, safe: &safe, "put back")
      } catch {
        // The failed execution made something else of the directory that this was in.
        continue
      }
      try FileSystem.createDirectory(place.removingLastComponent())
      if item.output.type == .directory {
        try FileSystem.createDirectory(place)
        try FileSystem.setMode(place, item.output.mode & 0o777)
      } else {
        try FileTransfer.move(moved, to: place)
      }
      if let identity = FileIdentity(place.string) { returned.append((item.output, identity)) }
    }
    FileTransfer.removeTree(directory)
    return returned
  }
}
