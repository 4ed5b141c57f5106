// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps the shared cache within its budget: the records that were unused longest go, then what no
// record needs. Never runs while a run is under way; knows nothing of projects.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Collects, counts and verifies what is in the shared cache.
package struct Collector: Sendable {
  /// What a collection did.
  package struct Report: Hashable, Sendable {
    /// Why a collection did nothing.
    package enum Skipped: Hashable, Sendable {
      /// A run or another collection is under way.
      case busy
      /// The last collection is less than a day ago.
      case recent
    }

    /// nil where it was carried out.
    package var skipped: Skipped?
    /// What was removed.
    package var removedRecords = 0
    package var removedBlobs = 0
    /// Left-overs of killed processes.
    package var removedTemporaries = 0
    /// Bytes of all that was removed.
    package var removedBytes: Int64 = 0
    /// What is left.
    package var records = 0
    package var blobs = 0
    /// Bytes of records and blobs that are left.
    package var bytes: Int64 = 0
  }

  /// How much there is.
  package struct Usage: Hashable, Sendable {
    package var records = 0
    package var blobs = 0
    /// Of records and blobs.
    package var bytes: Int64 = 0
    /// What the collector keeps `bytes` below.
    package var budget: Int64 = 0
  }

  /// Something that was wrong, and is gone now.
  package enum Defect: Hashable, Sendable {
    /// A record that could not be read.
    case badRecord(Digest)
    /// A record of which a blob is missing or bad.
    case incompleteRecord(Digest, task: String)
    /// A blob whose bytes are not what its name says.
    case badBlob(Digest)
  }

  /// One file in the cache.
  private struct Item {
    let digest: Digest
    let path: FilePath
    let identity: FileIdentity
  }

  private static let hour: Int64 = 3600 * 1_000_000_000

  /// Where the cache is.
  package let layout: CacheLayout
  /// Bytes.
  package let budget: Int64
  /// Nanoseconds since 1970.
  private let now: Int64

  /// A collector that keeps the cache below `budget` bytes, or below the default for its volume.
  ///
  /// `now` is the time that ages are taken from, in nanoseconds since 1970; the clock's where nil.
  package init(layout: CacheLayout, budget: Int64? = nil, now: Int64? = nil) {
    self.layout = layout
    self.budget = budget ?? Self.defaultBudget(layout.root)
    self.now = now ?? ContentStore.now()
  }

  /// 10 GB or 5 % of the volume that `path` is on, whichever is less.
  package static func defaultBudget(_ path: FilePath) -> Int64 {
    let most: Int64 = 10_000_000_000
    var place = path
    var status = statvfs()
    while place.withPlatformString({ statvfs($0, &status) }) != 0 {
      let above = place.removingLastComponent()
      // Not made yet: it will be on the volume of the directory above.
      guard errno == ENOENT, above != place, !above.isEmpty else { return most }
      place = above
    }
    let volume = Double(status.f_blocks) * Double(status.f_frsize)
    return volume / 20 < Double(most) ? Int64(volume / 20) : most
  }

  /// What a run holds so that nothing is collected under it; nil while a collection is under way.
  package func holdForRun(wait: Bool = true) throws(CacheError) -> FileLock? {
    try FileLock.acquire(layout.gcLock, mode: .shared, wait: wait)
  }

  /// Removes the longest unused records until the rest and their blobs fit into the budget, then
  /// blobs that no record has needed for an hour, then temporary files that are an hour old.
  ///
  /// Does nothing while a run holds the cache, and without `force` not more than once a day. A file
  /// that was used since it was looked at stays.
  package func collect(force: Bool) throws(CacheError) -> Report {
    var report = Report()
    if !force, let last = FileIdentity(layout.collected.string),
      now - last.modified < 24 * Self.hour
    {
      report.skipped = .recent
      return report
    }
    guard FileIdentity(layout.root.string) != nil else { return report }
    let lock = try FileLock.acquire(layout.gcLock, mode: .exclusive, wait: false)
    guard lock != nil else {
      report.skipped = .busy
      return report
    }
    let blobs = items(in: layout.contents)
    var sizes: [Digest: Int64] = [:]
    for blob in blobs { sizes[blob.digest] = blob.identity.size }

    var kept: Set<Digest> = []
    var freed: Set<Digest> = []
    var full = false
    // The last used first; of two that were used at once, any order, so long as it is always the same.
    let records = items(in: layout.actions).sorted {
      ($0.identity.modified, $0.digest) > ($1.identity.modified, $1.digest)
    }
    for item in records {
      let needed = ActionCache.read(item.path).map { $0.blobs.map(\.digest) }
      var more = item.identity.size
      for digest in Set(needed ?? []) where !kept.contains(digest) { more += sizes[digest] ?? 0 }
      if needed == nil || full || report.bytes + more > budget {
        // From the first that does not fit on, all go: a smaller one that is older is not kept
        // instead.
        if needed != nil { full = true }
        if try remove(item, &report, \.removedRecords) {
          freed.formUnion(needed ?? [])
        } else {
          kept.formUnion(needed ?? [])
        }
      } else {
        kept.formUnion(needed ?? [])
        report.bytes += more
        report.records += 1
      }
    }
    for blob in blobs {
      let isYoung = now - blob.identity.modified < Self.hour
      if kept.contains(blob.digest) {
        report.blobs += 1
      } else if isYoung && !freed.contains(blob.digest) {
        // Maybe its record is about to be stored by a run that could not take the lock.
        report.blobs += 1
        report.bytes += blob.identity.size
      } else {
        try remove(blob, &report, \.removedBlobs)
      }
    }
    removeTemporaries(&report)
    try FileSystem.replace(layout.collected, with: [])
    return report
  }

  /// Removes a file that nobody used since it was looked at; says whether it did.
  @discardableResult
  private func remove(
    _ item: Item, _ report: inout Report, _ counter: WritableKeyPath<Report, Int>
  ) throws(CacheError) -> Bool {
    guard FileIdentity(item.path.string) == item.identity else { return false }
    try FileSystem.removeFile(item.path)
    report[keyPath: counter] += 1
    report.removedBytes += item.identity.size
    return true
  }

  private func removeTemporaries(_ report: inout Report) {
    for name in FileTransfer.names(in: layout.temporary) {
      let path = layout.temporary.appending(name)
      guard let identity = FileIdentity(path.string), now - identity.modified >= Self.hour,
        FileTransfer.removeTree(path)
      else { continue }
      report.removedTemporaries += 1
      report.removedBytes += identity.size
    }
  }

  /// How much the cache holds.
  package func usage() -> Usage {
    var usage = Usage(budget: budget)
    for item in items(in: layout.actions) {
      usage.records += 1
      usage.bytes += item.identity.size
    }
    for item in items(in: layout.contents) {
      usage.blobs += 1
      usage.bytes += item.identity.size
    }
    return usage
  }

  /// Reads everything, removes what is bad, and says what that was.
  package func verify() throws(CacheError) -> [Defect] {
    var defects: [Defect] = []
    var good: [Digest: Int64] = [:]
    let store = ContentStore(layout: layout)
    for item in items(in: layout.contents) {
      if item.identity.type == .regular, try store.verify(item.digest) {
        good[item.digest] = item.identity.size
      } else if FileIdentity(item.path.string) == nil {
        defects.append(.badBlob(item.digest))
      }
    }
    for item in items(in: layout.actions) {
      let record = ActionCache.read(item.path)
      if let record, record.key == item.digest {
        if record.blobs.allSatisfy({ good[$0.digest] == $0.size }) { continue }
        // Stored since the blobs were looked at.
        if record.blobs.allSatisfy({ store.contains($0.digest, size: $0.size) }) { continue }
        defects.append(.incompleteRecord(item.digest, task: record.task))
      } else {
        defects.append(.badRecord(item.digest))
      }
      try FileSystem.removeFile(item.path)
    }
    return defects
  }

  /// Every file of a two-level directory whose name is a digest.
  private func items(in directory: FilePath) -> [Item] {
    var items: [Item] = []
    for shard in FileTransfer.names(in: directory) where shard.utf8.count == 2 {
      let shardPath = directory.appending(shard)
      for name in FileTransfer.names(in: shardPath) {
        let path = shardPath.appending(name)
        guard let digest = Digest(hex: shard + name), let identity = FileIdentity(path.string)
        else { continue }
        items.append(Item(digest: digest, path: path, identity: identity))
      }
    }
    return items
  }
}
