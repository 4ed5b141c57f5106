// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The frame of every binary file of ours: magic, format version, fields, checksum. A file that is
// truncated, flipped or of another version reads as nil, never as something else.

/// Why a record could not be read; every case means "treat it as absent".
package enum RecordError: Error, Hashable, Sendable {
  case truncated
  case wrongMagic
  case unknownVersion(UInt32)
  case checksum
  case malformed
}

/// A value that can be written into a record and read back from it.
package protocol Storable: Sendable {
  /// Writes every field that `init(from:)` reads, in the same order.
  func write(to writer: inout RecordWriter)

  /// Reads what `write(to:)` wrote.
  init(from reader: inout RecordReader) throws(RecordError)
}

extension Storable {
  /// The value's bytes, unframed: equal values have equal bytes.
  package var storedBytes: [UInt8] {
    var writer = RecordWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// Reads a value from bytes that ``storedBytes`` gave; nil where they are something else.
  package static func read(_ bytes: [UInt8]) -> Self? {
    do throws(RecordError) { return try Self(storedBytes: bytes) } catch { return nil }
  }

  /// Reads a value from bytes that `storedBytes` gave.
  package init(storedBytes: [UInt8]) throws(RecordError) {
    var reader = RecordReader(storedBytes)
    try self.init(from: &reader)
    guard reader.isAtEnd else { throw .malformed }
  }
}

/// Writes fields one after the other, little-endian, texts and lists with their length first.
package struct RecordWriter: Sendable {
  /// What was written so far.
  package private(set) var bytes: [UInt8] = []

  /// Starts with no bytes.
  package init() {}

  /// Adds an unsigned number as eight bytes.
  package mutating func write(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Adds a signed number as eight bytes.
  package mutating func write(_ number: Int64) { write(UInt64(bitPattern: number)) }

  /// Adds a count as eight bytes.
  package mutating func write(_ number: Int) { write(UInt64(bitPattern: Int64(number))) }

  /// Adds one byte.
  package mutating func write(_ byte: UInt8) { bytes.append(byte) }

  /// Adds a truth value as one byte.
  package mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  /// Adds 32 bytes.
  package mutating func write(_ digest: Digest) {
    for word in [digest.words.0, digest.words.1, digest.words.2, digest.words.3] {
      withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }
  }

  /// Adds a length and the UTF-8 bytes of `text`.
  package mutating func write(_ text: String) {
    var text = text
    text.withUTF8 {
      write($0.count)
      bytes.append(contentsOf: $0)
    }
  }

  /// Adds a length and `content`.
  package mutating func write(_ content: [UInt8]) {
    write(content.count)
    bytes.append(contentsOf: content)
  }

  /// Adds a presence byte and, where there is one, the value.
  package mutating func write(_ value: (some Storable)?) {
    write(value != nil)
    value?.write(to: &self)
  }

  /// Adds a count and each element.
  package mutating func write(_ list: [some Storable]) {
    write(list.count)
    for element in list { element.write(to: &self) }
  }

  /// The whole file: `magic`, version, length, fields, SHA-256 over everything before it.
  package func framed(magic: String, version: UInt32) -> [UInt8] {
    var frame = RecordWriter()
    frame.bytes.reserveCapacity(bytes.count + 64)
    frame.bytes.append(contentsOf: magic.utf8)
    frame.write(UInt64(version))
    frame.write(bytes)
    frame.write(Digest.of(frame.bytes))
    return frame.bytes
  }
}

/// Reads what a ``RecordWriter`` wrote; every read checks that the bytes are there.
package struct RecordReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// Reads unframed fields.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes[...]
    position = 0
  }

  /// Reads the unframed fields that stand at `range` of `file`, without copying them.
  package init(_ file: [UInt8], at range: Range<Int>) {
    // The slice starts at 0, so that positions are offsets into its memory.
    bytes = file[..<range.upperBound]
    position = range.lowerBound
  }

  /// Opens a frame: checks magic, version, length and checksum first.
  package init(framed file: [UInt8], magic: String, version: UInt32) throws(RecordError) {
    let head = magic.utf8.count
    guard file.count >= head + 16 + 32 else { throw .truncated }
    guard file[..<head].elementsEqual(magic.utf8) else { throw .wrongMagic }
    var reader = RecordReader(file)
    reader.position = head
    let found = try reader.readUInt64()
    guard found == UInt64(version) else { throw .unknownVersion(UInt32(truncatingIfNeeded: found)) }
    let length = try reader.readInt()
    guard length >= 0, length == file.count - head - 16 - 32 else { throw .truncated }
    let expected = file.withUnsafeBytes { raw in
      Digest.of(UnsafeRawBufferPointer(rebasing: raw[..<(file.count - 32)]))
    }
    let written = file.withUnsafeBytes { raw in
      Digest(bytes: UnsafeRawBufferPointer(rebasing: raw[(file.count - 32)...]))
    }
    guard written == expected else { throw .checksum }
    bytes = file[..<(file.count - 32)]
    position = head + 16
  }

  /// Whether every byte was read.
  package var isAtEnd: Bool { position == bytes.endIndex }

  private mutating func take(_ count: Int) throws(RecordError) -> Range<Int> {
    guard count >= 0, count <= bytes.endIndex - position else { throw .truncated }
    defer { position += count }
    return position..<(position + count)
  }

  /// Reads an unsigned number.
  package mutating func readUInt64() throws(RecordError) -> UInt64 {
    let range = try take(8)
    return bytes.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self))
    }
  }

  /// Reads a signed number.
  package mutating func readInt64() throws(RecordError) -> Int64 {
    Int64(bitPattern: try readUInt64())
  }

  /// Reads a count.
  package mutating func readInt() throws(RecordError) -> Int {
    Int(Int64(bitPattern: try readUInt64()))
  }

  /// Reads one byte.
  package mutating func readByte() throws(RecordError) -> UInt8 {
    let range = try take(1)
    return bytes[range.lowerBound]
  }

  /// Reads a truth value.
  package mutating func readBool() throws(RecordError) -> Bool {
    switch try readByte() {
    case 0: return false
    case 1: return true
    default: throw .malformed
    }
  }

  /// Reads 32 bytes.
  package mutating func readDigest() throws(RecordError) -> Digest {
    let range = try take(32)
    guard
      let digest = bytes.withUnsafeBytes({
        Digest(bytes: UnsafeRawBufferPointer(rebasing: $0[range]))
      })
    else { throw .truncated }
    return digest
  }

  /// Reads a text; bytes that are not UTF-8 are malformed.
  package mutating func readString() throws(RecordError) -> String {
    let range = try take(try readInt())
    guard let text = String(validating: bytes[range], as: UTF8.self) else { throw .malformed }
    return text
  }

  /// Reads bytes.
  package mutating func readBytes() throws(RecordError) -> [UInt8] {
    let range = try take(try readInt())
    return Array(bytes[range])
  }

  /// Reads a value that may be absent.
  package mutating func readOptional<Value: Storable>(
    _: Value.Type = Value.self
  ) throws(RecordError) -> Value? {
    try readBool() ? try Value(from: &self) : nil
  }

  /// Reads a list.
  package mutating func readList<Element: Storable>(
    of _: Element.Type = Element.self
  ) throws(RecordError) -> [Element] {
    let count = try readInt()
    // Every element takes a byte at least: a wild count ends here and not in an allocation.
    guard count >= 0, count <= bytes.endIndex - position else { throw .malformed }
    var list: [Element] = []
    list.reserveCapacity(count)
    for _ in 0..<count { list.append(try Element(from: &self)) }
    return list
  }
}

extension String: Storable {
  package func write(to writer: inout RecordWriter) { writer.write(self) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    self = try reader.readString()
  }
}

extension Digest: Storable {
  package func write(to writer: inout RecordWriter) { writer.write(self) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    self = try reader.readDigest()
  }
}
