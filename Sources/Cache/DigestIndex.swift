// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The file that digests are kept in between runs: one framed snapshot of fixed-size records with their
// paths behind them. Everything in it can be made again, so anything wrong with it reads as nothing.

import SystemPackage

/// Encodes and decodes `digests.idx`.
enum DigestIndex {
  /// What is known of one path.
  struct Slot: Sendable, Hashable {
    let identity: FileIdentity
    let digest: Digest
    /// Whether an equal identity proves equal bytes.
    let isTrusted: Bool
    /// How many saves it was not asked for.
    var age: UInt16 = 0
  }

  private static let magic = "SCDIGEST"
  private static let version: UInt32 = 1
  /// inode, size, modified, changed, digest, mode, age, length of the path.
  private static let recordSize = 72
  /// A path that was not asked for in this many saves is left out.
  private static let ageLimit: UInt16 = 64

  /// Reads an index; nil where there is none that can be used.
  static func read(_ path: FilePath) -> [PathKey: Slot]? {
    do throws(CacheError) {
      guard let file = try FileSystem.read(path) else { return nil }
      return decode(file)
    } catch {
      return nil
    }
  }

  /// Writes trusted slots; each grows older by one.
  static func encode(_ slots: [PathKey: Slot]) -> [UInt8] {
    var content: [UInt8] = []
    content.reserveCapacity(slots.count * (recordSize + 48))
    for (key, slot) in slots where slot.isTrusted && slot.age < ageLimit {
      var path = key.path
      path.withUTF8 { name in
        guard let length = UInt16(exactly: name.count) else { return }
        let identity = slot.identity
        let words = (
          identity.inode.littleEndian, identity.size.littleEndian,
          identity.modified.littleEndian, identity.changed.littleEndian,
          slot.digest.words.0.bigEndian, slot.digest.words.1.bigEndian,
          slot.digest.words.2.bigEndian, slot.digest.words.3.bigEndian,
          UInt64(identity.mode) | UInt64(slot.age + 1) << 32 | UInt64(length) << 48
        )
        withUnsafeBytes(of: words) { content.append(contentsOf: $0) }
        content.append(contentsOf: name)
      }
    }
    var writer = RecordWriter()
    writer.write(content)
    return writer.framed(magic: magic, version: version)
  }

  /// Reads what `encode` wrote; nil for anything else.
  static func decode(_ file: [UInt8]) -> [PathKey: Slot]? {
    let content: [UInt8]
    do throws(RecordError) {
      var reader = try RecordReader(framed: file, magic: magic, version: version)
      content = try reader.readBytes()
    } catch {
      return nil
    }
    return content.withUnsafeBytes { raw in
      var slots: [PathKey: Slot] = [:]
      slots.reserveCapacity(raw.count / (recordSize + 32))
      var position = 0
      while position < raw.count {
        guard raw.count - position >= recordSize else { return nil }
        func word(_ index: Int) -> UInt64 {
          UInt64(
            littleEndian: raw.loadUnaligned(
              fromByteOffset: position + index * 8, as: UInt64.self))
        }
        let last = word(8)
        let end = position + recordSize + Int(last >> 48)
        guard end <= raw.count,
          let digest = Digest(bytes: UnsafeRawBufferPointer(rebasing: raw[(position + 32)...])),
          let path = String(validating: raw[(position + recordSize)..<end], as: UTF8.self)
        else { return nil }
        slots[PathKey(path)] = Slot(
          identity: FileIdentity(
            inode: word(0), size: Int64(bitPattern: word(1)),
            modified: Int64(bitPattern: word(2)), changed: Int64(bitPattern: word(3)),
            mode: UInt32(truncatingIfNeeded: last)),
          digest: digest, isTrusted: true, age: UInt16(truncatingIfNeeded: last >> 32))
        position = end
      }
      return slots
    }
  }
}
