// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The local copy of the release history: a file that several processes read and change at once without
// losing a record. Does not ask hosts; their answers come in as values.

package import Cache
package import SystemPackage
package import Tasks

/// The release history of a project as this machine knows it.
package struct ReleaseHistory: Sendable {
  /// The file: `.stagecraft/releases.json`, or what `STAGECRAFT_STATE_FILE` names.
  package let path: FilePath
  private let layout: StateLayout?

  /// The history of the project whose state is in `layout`; a relative `STAGECRAFT_STATE_FILE` starts
  /// at the project's root.
  package init(layout: StateLayout, variables: [String: String]) {
    if let named = variables["STAGECRAFT_STATE_FILE"], !named.isEmpty {
      path = layout.projectRoot.pushing(FilePath(named))
      self.layout = nil
    } else {
      path = layout.root.appending("releases.json")
      self.layout = layout
    }
  }

  /// All records, in the order in which they were added; empty where there is no file.
  ///
  /// Throws a `CacheError` where the file cannot be read and a `ProjectError` where it is something
  /// else: nothing is overwritten then.
  package func records() throws -> [ReleaseRecord] {
    guard let bytes = try FileSystem.read(path) else { return [] }
    guard let records = ReleaseFile.read(bytes) else {
      throw ReleaseFault.unreadableHistory(path.string).error
    }
    return records
  }

  /// Changes the records: read, changed and replaced as a whole while no other process does.
  ///
  /// Readers see the old file or the new one. Blocks the thread for the time that others need.
  @discardableResult
  package func update<Value>(
    _ change: (inout [ReleaseRecord]) throws -> Value
  ) throws -> Value {
    if let layout {
      try layout.prepare()
    } else {
      try FileSystem.createDirectory(path.removingLastComponent(), mode: 0o700)
    }
    let lock = try FileLock.acquire(
      path.removingLastComponent().appending((path.lastComponent?.string ?? "") + ".lock"),
      mode: .exclusive, wait: true)
    var records = try self.records()
    let before = records
    let value = try change(&records)
    if records != before {
      try FileSystem.replace(path, with: ReleaseFile.bytes(of: records), durable: true)
    }
    _ = consume lock
    return value
  }

  /// Begins a release: gives it an id that no other has, and the release that the hosts run as its
  /// previous one, and keeps it.
  package func begin(
    environment: String, version: String, commitSHA: String, kind: ReleaseRecord.Kind = .deploy,
    rolledBackTo: String? = nil, owner: String, hosts: [String], at time: ReleaseTime
  ) throws -> ReleaseRecord {
    try update { records in
      let taken = Set(records.map(\.id))
      // Two releases in one millisecond: the second counts as begun in the next one.
      var time = time
      while taken.contains(time.releaseID) { time = time.nextMillisecond }
      let record = ReleaseRecord(
        id: time.releaseID, environment: environment, version: version, commitSHA: commitSHA,
        time: time, previousID: RollbackTarget.current(of: environment, in: records)?.id,
        kind: kind, rolledBackTo: rolledBackTo, owner: owner, hosts: hosts)
      records.append(record)
      return record
    }
  }

  /// Keeps `record` as it is now, in place of the copy of the same id.
  package func put(_ record: ReleaseRecord, at time: ReleaseTime) throws {
    var record = record
    record.updated = time.text
    try update { records in
      if let position = records.firstIndex(where: { $0.id == record.id }) {
        records[position] = record
      } else {
        records.append(record)
      }
    }
  }

  /// Takes over what hosts of an environment hold; returns the ids of releases whose records could not
  /// be read.
  @discardableResult
  package func merge(_ facts: [HostFacts], environment: String) throws -> [String] {
    var unreadable: Set<String> = []
    let others = facts.flatMap { facts in
      facts.releases.compactMap { release -> ReleaseRecord? in
        let record = ReleaseRecord(held: release, by: facts.host, environment: environment)
        if record == nil { unreadable.insert(release.id) }
        return record
      }
    }
    if !others.isEmpty {
      try update { records in records = ReleaseRecord.merge(records, with: others) }
    }
    return unreadable.sorted()
  }
}
