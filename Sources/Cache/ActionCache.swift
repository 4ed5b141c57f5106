// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps one record a key: what the task with this key made. Knows no blobs; whoever reads a record
// checks that they are there.

import SystemPackage

/// The action cache: `ac/sha256/ab/<62 digits>`.
///
/// A record is stored after its blobs, and marked as used before them, so that the oldest files can be
/// removed first without a record outliving its blobs.
package struct ActionCache: Sendable {
  /// Where the cache is.
  package let layout: CacheLayout

  /// A cache in `layout`; makes nothing.
  package init(layout: CacheLayout) {
    self.layout = layout
  }

  private func file(_ key: Digest) -> FilePath { CacheLayout.file(key, in: layout.actions) }

  /// The record of `key`; nil where there is none that can be read.
  ///
  /// A bad one is removed.
  package func record(for key: Digest) -> ActionRecord? {
    let path = file(key)
    guard let identity = FileIdentity(path.string) else { return nil }
    guard let record = Self.read(path), record.key == key else {
      FileTransfer.removeTree(path)
      return nil
    }
    ContentStore.markUsed(path, identity)
    return record
  }

  /// The same for one who may change nothing: neither marks nor removes.
  package func peek(_ key: Digest) -> ActionRecord? {
    guard let record = Self.read(file(key)), record.key == key else { return nil }
    return record
  }

  /// Reads a record file; nil where it is absent, unreadable or not whole.
  static func read(_ path: FilePath) -> ActionRecord? {
    do {
      guard let bytes = try FileSystem.read(path) else { return nil }
      var reader = try RecordReader(
        framed: bytes, magic: ActionRecord.magic, version: ActionRecord.version)
      let record = try ActionRecord(from: &reader)
      return reader.isAtEnd ? record : nil
    } catch {
      return nil
    }
  }

  /// Stores `record`, over an older one of its key.
  ///
  /// Its blobs must be stored already.
  package func store(_ record: ActionRecord) throws(CacheError) {
    var writer = RecordWriter()
    record.write(to: &writer)
    let bytes = writer.framed(magic: ActionRecord.magic, version: ActionRecord.version)
    do {
      try write(bytes, to: file(record.key))
    } catch {
      // The cache was deleted between two calls: once more, from the start.
      guard error.code == .system(.noSuchFileOrDirectory) else { throw error }
      try write(bytes, to: file(record.key))
    }
  }

  private func write(_ bytes: [UInt8], to target: FilePath) throws(CacheError) {
    let temporary = layout.temporary.appending(FileSystem.temporaryName())
    try layout.withDirectory(layout.temporary) { () throws(CacheError) in
      try FileSystem.replace(temporary, with: bytes, mode: 0o444)
    }
    do throws(CacheError) {
      try layout.withDirectory(target.removingLastComponent()) { () throws(CacheError) in
        try FileSystem.rename(temporary, to: target)
      }
    } catch {
      FileTransfer.discard(temporary)
      throw error
    }
  }

  /// Forgets the record of `key`; its blobs go at the next collection.
  package func remove(_ key: Digest) throws(CacheError) {
    try FileSystem.removeFile(file(key))
  }
}
