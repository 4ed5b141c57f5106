// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What each task of a project did last, in one file. Entries are read from it one by one, when they
// are asked for, so that ten thousand of them cost nothing until then; knows nothing of graphs.

package import SystemPackage

/// The file `tasks.idx`.
///
/// ```
/// magic · version · table length · table · checksum of the table · entries
/// table: count, then of each task, sorted: name, time, offset, length, checksum of its entry
/// ```
/// A damaged table makes the index empty, a damaged entry makes that entry absent: both only mean
/// that tasks are looked up in the action cache.
package struct TaskIndex: Sendable {
  /// What one task did last.
  package struct Entry: Storable, Hashable {
    /// The task's id.
    package let task: String
    package let key: Digest
    /// The stored form of the manifest: decoding it is left to whoever asks for it.
    package let manifestBytes: [UInt8]
    /// The task's typed output.
    package let value: [UInt8]
    /// What dependents see of the result.
    package let valueDigest: Digest
    package let outputs: [OutputFile]
    /// What `stat` said of each output after the task, in the order of `outputs`.
    package let identities: [FileIdentity]
    /// Nanoseconds.
    package let duration: Int64
    package let runID: String
    package let succeeded: Bool
    /// Why it ran last.
    package let lastChanges: [Manifest.Change]
    /// Why it executed last, in a form that only the engine reads.
    package let cause: String
    /// Nanoseconds since 1970; of two entries the later one counts.
    package let ranAt: Int64

    /// Makes an entry.
    package init(
      task: String, key: Digest, manifest: Manifest, value: [UInt8], valueDigest: Digest,
      outputs: [OutputFile], identities: [FileIdentity], duration: Int64, runID: String,
      succeeded: Bool, lastChanges: [Manifest.Change], cause: String = "", ranAt: Int64
    ) {
      self.task = task
      self.key = key
      manifestBytes = manifest.storedBytes
      self.value = value
      self.valueDigest = valueDigest
      self.outputs = outputs
      self.identities = identities
      self.duration = duration
      self.runID = runID
      self.succeeded = succeeded
      self.lastChanges = lastChanges
      self.cause = cause
      self.ranAt = ranAt
    }

    /// Everything that the result depended on, decoded at each call.
    package var manifest: Manifest {
      do throws(RecordError) {
        return try Manifest(storedBytes: manifestBytes)
      } catch {
        // The entry's checksum was right: then these are the bytes that an initializer encoded.
        return Manifest()
      }
    }

    /// The same entry with the explanation of an earlier execution: for a hit, which explains nothing.
    package func explained(as earlier: Entry?) -> Entry {
      guard let earlier else { return self }
      return Entry(
        task: task, key: key, manifest: manifest, value: value, valueDigest: valueDigest,
        outputs: outputs, identities: identities, duration: duration, runID: earlier.runID,
        succeeded: succeeded, lastChanges: earlier.lastChanges, cause: earlier.cause,
        ranAt: ranAt)
    }

    package func write(to writer: inout RecordWriter) {
      writer.write(task)
      writer.write(key)
      writer.write(manifestBytes)
      writer.write(value)
      writer.write(valueDigest)
      writer.write(outputs)
      writer.write(identities)
      writer.write(duration)
      writer.write(runID)
      writer.write(succeeded)
      writer.write(lastChanges)
      writer.write(cause)
      writer.write(ranAt)
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      task = try reader.readString()
      key = try reader.readDigest()
      manifestBytes = try reader.readBytes()
      value = try reader.readBytes()
      valueDigest = try reader.readDigest()
      outputs = try reader.readList()
      identities = try reader.readList()
      duration = try reader.readInt64()
      runID = try reader.readString()
      succeeded = try reader.readBool()
      lastChanges = try reader.readList()
      cause = try reader.readString()
      ranAt = try reader.readInt64()
      guard identities.count == outputs.count else { throw .malformed }
    }
  }

  /// Where the entry of a task stands in the file.
  private struct Row: Sendable {
    let range: Range<Int>
    let checksum: UInt64
    let ranAt: Int64
  }

  private static let magic = "SCTASKS\n"
  private static let version: UInt32 = 2

  /// The file as it was read; entries are decoded from it.
  private var file: [UInt8] = []
  private var rows: [String: Row] = [:]
  private var updates: [String: Entry] = [:]

  /// An index of no tasks.
  package init() {}

  /// Reads the index at `path`; one that is absent or damaged is empty.
  package static func load(_ path: FilePath) -> TaskIndex {
    var index = TaskIndex()
    do {
      guard let file = try FileSystem.read(path) else { return index }
      index.rows = try table(of: file)
      index.file = file
    } catch {
      return TaskIndex()
    }
    return index
  }

  /// The tasks that there are entries of, in no order.
  package var tasks: [String] {
    Array(rows.keys) + updates.keys.filter { rows[$0] == nil }
  }

  /// What `task` did last; nil where that is not known.
  package subscript(task: String) -> Entry? {
    if let entry = updates[task] { return entry }
    guard let row = rows[task], Checksum.of(file, at: row.range) == row.checksum else {
      return nil
    }
    var reader = RecordReader(file, at: row.range)
    do throws(RecordError) {
      let entry = try Entry(from: &reader)
      return reader.isAtEnd && entry.task == task ? entry : nil
    } catch {
      return nil
    }
  }

  /// Sets what a task did last; on disk only after ``save(to:)``.
  package mutating func update(_ entry: Entry) {
    updates[entry.task] = entry
  }

  /// Writes what was updated into the index at `path`, and takes over what others wrote there.
  ///
  /// Under a short lock beside the file: reads it again, lets of two entries of a task the later one
  /// count, and replaces the file in one step. Does nothing where nothing was updated.
  package mutating func save(to path: FilePath) throws(CacheError) {
    guard !updates.isEmpty else { return }
    let lock = try FileLock.acquire(
      FilePath(path.string + ".lock"), mode: .exclusive, wait: true)
    let current = Self.load(path)
    let file = current.merged(with: updates)
    try FileSystem.replace(path, with: file)
    _ = consume lock
    do throws(RecordError) {
      rows = try Self.table(of: file)
    } catch {
      throw CacheError(.corrupt, "write", path.string)
    }
    self.file = file
    updates = [:]
  }

  /// The file with these entries in it, except where it holds later ones.
  private func merged(with updates: [String: Entry]) -> [UInt8] {
    var newer: [String: RecordWriter] = [:]
    newer.reserveCapacity(updates.count)
    for (task, entry) in updates {
      // An entry that cannot be read does not count as a later one.
      if let row = rows[task], row.ranAt > entry.ranAt, self[task] != nil { continue }
      var writer = RecordWriter()
      entry.write(to: &writer)
      newer[task] = writer
    }
    let names = Set(rows.keys).union(newer.keys).sorted()
    var table = RecordWriter()
    var offset = 0
    table.write(names.count)
    for name in names {
      table.write(name)
      if let writer = newer[name] {
        table.write(updates[name]?.ranAt ?? 0)
        table.write(offset)
        table.write(writer.bytes.count)
        table.write(Checksum.of(writer.bytes, at: 0..<writer.bytes.count))
        offset += writer.bytes.count
      } else if let row = rows[name] {
        table.write(row.ranAt)
        table.write(offset)
        table.write(row.range.count)
        table.write(row.checksum)
        offset += row.range.count
      }
    }
    var bytes = table.framed(magic: Self.magic, version: Self.version)
    bytes.reserveCapacity(bytes.count + offset)
    for name in names {
      if let writer = newer[name] {
        bytes.append(contentsOf: writer.bytes)
      } else if let row = rows[name] {
        bytes.append(contentsOf: file[row.range])
      }
    }
    return bytes
  }

  private static func table(of file: [UInt8]) throws(RecordError) -> [String: Row] {
    let head = magic.utf8.count + 16
    guard file.count >= head + 32 else { throw .truncated }
    var header = RecordReader(file, at: (head - 8)..<head)
    let length = try header.readInt()
    guard length >= 0, length <= file.count - head - 32 else { throw .truncated }
    let start = head + length + 32
    var reader = try RecordReader(
      framed: Array(file[..<start]), magic: magic, version: version)
    let count = try reader.readInt()
    guard count >= 0, count <= length / 40 else { throw .malformed }
    var rows: [String: Row] = [:]
    rows.reserveCapacity(count)
    for _ in 0..<count {
      let name = try reader.readString()
      let ranAt = try reader.readInt64()
      let offset = try reader.readInt()
      let size = try reader.readInt()
      let checksum = try reader.readUInt64()
      guard offset >= 0, size >= 0, offset <= Int.max - size - start else { throw .malformed }
      // A file that was cut short has lost these entries alone.
      guard start + offset + size <= file.count else { continue }
      rows[name] = Row(
        range: (start + offset)..<(start + offset + size), checksum: checksum, ranAt: ranAt)
    }
    guard reader.isAtEnd else { throw .malformed }
    return rows
  }
}
