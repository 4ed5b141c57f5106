// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What one successful execution of a pure task made, by the key of everything it read. Knows how it
// is written; knows nothing of where it is kept.

/// The result that stands for a key.
package struct ActionRecord: Storable, Hashable {
  /// Of everything that the result depends on.
  package let key: Digest
  /// The task that made it, for people.
  package let task: String
  /// The task's typed output, in a form that only its kind reads.
  package let value: [UInt8]
  /// Sorted bytewise by path.
  ///
  /// Every blob that a record needs is here or is the log: a collection keeps those and no others.
  package let outputs: [OutputFile]
  /// The blob of what the task printed; nil where it printed nothing.
  package let log: Digest?
  /// Bytes.
  package let logSize: Int64
  /// How long the execution took, in nanoseconds.
  package let duration: Int64

  /// Makes a record; sorts the outputs.
  package init(
    key: Digest, task: String, value: [UInt8], outputs: [OutputFile], log: Digest? = nil,
    logSize: Int64 = 0, duration: Int64 = 0
  ) {
    self.key = key
    self.task = task
    self.value = value
    self.outputs = outputs.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    self.log = log
    self.logSize = logSize
    self.duration = duration
  }

  static let magic = "SCACTION"
  static let version: UInt32 = 1

  /// The blobs that must be there for this record to be of use, with their sizes.
  package var blobs: [(digest: Digest, size: Int64)] {
    var blobs = outputs.filter { $0.type == .regular }.map { ($0.digest, $0.size) }
    if let log { blobs.append((log, logSize)) }
    return blobs
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(key)
    writer.write(task)
    writer.write(value)
    writer.write(outputs)
    writer.write(log)
    writer.write(logSize)
    writer.write(duration)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    self.init(
      key: try reader.readDigest(), task: try reader.readString(), value: try reader.readBytes(),
      outputs: try reader.readList(), log: try reader.readOptional(),
      logSize: try reader.readInt64(), duration: try reader.readInt64())
  }
}
