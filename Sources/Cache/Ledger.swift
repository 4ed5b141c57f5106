// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps receipts of what was changed in the world: appended, synchronized, never removed. Knows
// nothing of what an effect is.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The file `receipts` in the ledger directory: one framed record after the other.
///
/// An appended receipt survives a power failure. A tail that a killed process left half written is
/// not read, and is cut off by the next append. Damage between good records costs what it hit alone.
package struct Ledger: Sendable {
  /// What is known of an effect that was carried out.
  package struct Receipt: Storable, Hashable {
    /// The id of the task that had it.
    package let effect: String
    /// The key that the task had then.
    package let key: Digest
    /// The task's typed output.
    package let value: [UInt8]
    /// The run that did it.
    package let runID: String
    /// Nanoseconds since 1970.
    package let at: Int64

    /// Makes a receipt.
    package init(effect: String, key: Digest, value: [UInt8], runID: String, at: Int64) {
      self.effect = effect
      self.key = key
      self.value = value
      self.runID = runID
      self.at = at
    }

    package func write(to writer: inout RecordWriter) {
      writer.write(effect)
      writer.write(key)
      writer.write(value)
      writer.write(runID)
      writer.write(at)
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      self.init(
        effect: try reader.readString(), key: try reader.readDigest(),
        value: try reader.readBytes(), runID: try reader.readString(),
        at: try reader.readInt64())
    }
  }

  static let magic = "SCRECEIP"
  static let version: UInt32 = 1

  /// Where the ledger is.
  package let directory: FilePath

  /// A ledger in `directory`; makes nothing.
  package init(directory: FilePath) {
    self.directory = directory
  }

  /// The one file of the ledger.
  package var file: FilePath { directory.appending("receipts") }

  /// Adds a receipt; when this returns it is on the disk.
  package func append(_ receipt: Receipt) throws(CacheError) {
    let descriptor = try open()
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        throw CacheError(.system(Errno(rawValue: errno)), "lock", file.string)
      }
    }
    let bytes = try FileSystem.read(descriptor, path: file)
    let end = Self.scan(bytes).end
    if end < bytes.count { try FileSystem.truncate(descriptor, to: Int64(end), path: file) }
    guard lseek(descriptor, off_t(end), SEEK_SET) >= 0 else {
      throw CacheError(.system(Errno(rawValue: errno)), "write", file.string)
    }
    var writer = RecordWriter()
    receipt.write(to: &writer)
    try FileSystem.write(
      writer.framed(magic: Self.magic, version: Self.version), to: descriptor, path: file)
    try FileSystem.synchronize(descriptor, path: file)
    try FileSystem.synchronizeDirectory(directory)
  }

  private func open() throws(CacheError) -> Int32 {
    do throws(CacheError) {
      return try FileSystem.openForUpdate(file, mode: 0o644)
    } catch {
      guard error.code == .system(.noSuchFileOrDirectory) else { throw error }
      try FileSystem.createDirectory(directory)
      try FileSystem.synchronizeDirectory(directory.removingLastComponent())
      return try FileSystem.openForUpdate(file, mode: 0o644)
    }
  }

  /// Every receipt that can be read, in the order they were appended.
  package func receipts() throws(CacheError) -> [Receipt] {
    guard let bytes = try FileSystem.read(file) else { return [] }
    return Self.scan(bytes).receipts
  }

  /// The newest receipt of each effect.
  package func latest() throws(CacheError) -> [String: Receipt] {
    var latest: [String: Receipt] = [:]
    for receipt in try receipts() { latest[receipt.effect] = receipt }
    return latest
  }

  /// Reads records until nothing good follows; `end` is where the last good one ends.
  private static func scan(_ bytes: [UInt8]) -> (receipts: [Receipt], end: Int) {
    var receipts: [Receipt] = []
    var position = 0
    var end = 0
    while position < bytes.count {
      if let (receipt, next) = receipt(in: bytes, at: position) {
        receipts.append(receipt)
        position = next
        end = next
      } else {
        position = start(in: bytes, after: position) ?? bytes.count
      }
    }
    return (receipts, end)
  }

  /// The record that starts at `position`, and where the next one does.
  private static func receipt(in bytes: [UInt8], at position: Int) -> (Receipt, Int)? {
    let head = magic.utf8.count + 16
    guard bytes.count - position >= head + 32 else { return nil }
    do throws(RecordError) {
      var header = RecordReader(bytes, at: (position + head - 8)..<(position + head))
      let length = try header.readInt()
      guard length >= 0, length <= bytes.count - position - head - 32 else { return nil }
      let next = position + head + length + 32
      var reader = try RecordReader(
        framed: Array(bytes[position..<next]), magic: magic, version: version)
      let receipt = try Receipt(from: &reader)
      return reader.isAtEnd ? (receipt, next) : nil
    } catch {
      return nil
    }
  }

  /// Where the next record may start.
  private static func start(in bytes: [UInt8], after position: Int) -> Int? {
    let magic = Array(magic.utf8)
    var candidate = position + 1
    while candidate + magic.count <= bytes.count {
      if bytes[candidate] == magic[0],
        bytes[candidate..<(candidate + magic.count)].elementsEqual(magic)
      {
        return candidate
      }
      candidate += 1
    }
    return nil
  }
}
