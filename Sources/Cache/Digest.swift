// SPDX-License-Identifier: AGPL-3.0-or-later
//
// SHA-256 of bytes, and its text form. The only file that knows which hash function is used; it
// knows nothing of files or keys.

import Crypto

/// A SHA-256 digest.
///
/// SHA-256 because every cache server of the field speaks it and because it is fastest for the small
/// inputs that keys are (see docs/design.md).
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The 32 bytes as four big-endian words, so that comparing and hashing never allocate.
  package let words: (UInt64, UInt64, UInt64, UInt64)

  /// Makes a digest of its four words.
  package init(words: (UInt64, UInt64, UInt64, UInt64)) {
    self.words = words
  }

  /// Reads the first 32 bytes of `bytes`; nil where there are fewer.
  package init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 32 else { return nil }
    func word(_ position: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position * 8, as: UInt64.self))
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// Reads 64 lower-case hexadecimal digits.
  package init?(hex: some StringProtocol) {
    guard hex.utf8.count == 64 else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    var position = 0
    for digit in hex.utf8 {
      let value: UInt64
      switch digit {
      case 0x30...0x39: value = UInt64(digit - 0x30)
      case 0x61...0x66: value = UInt64(digit - 0x61 + 10)
      default: return nil
      }
      words[position / 16] = words[position / 16] << 4 | value
      position += 1
    }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// The digest of `bytes`.
  package static func of(_ bytes: UnsafeRawBufferPointer) -> Digest {
    var builder = DigestBuilder()
    builder.update(bytes)
    return builder.finalize()
  }

  /// The digest of `bytes`.
  package static func of(_ bytes: [UInt8]) -> Digest {
    bytes.withUnsafeBytes { of($0) }
  }

  /// The digest of the UTF-8 bytes of `text`.
  package static func of(_ text: String) -> Digest {
    var text = text
    return text.withUTF8 { of(UnsafeRawBufferPointer($0)) }
  }

  /// HMAC-SHA-256 of `bytes`: what a secret enters a manifest as.
  package static func keyed(_ bytes: [UInt8], by key: [UInt8]) -> Digest {
    let code = HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key))
    return code.withUnsafeBytes { Digest(bytes: $0) } ?? .zero
  }

  /// Thirty-two zero bytes; no input that anybody knows has this digest.
  package static let zero = Digest(words: (0, 0, 0, 0))

  /// The 32 bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for word in [words.0, words.1, words.2, words.3] {
      withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: 64) { buffer in
      var position = 0
      for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
          buffer[position] = nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10
          position += 1
        }
      }
      return 64
    }
  }

  /// The first twelve hexadecimal digits, for people.
  package var short: String { String(hex.prefix(12)) }

  package var description: String { hex }

  package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

  package func hash(into hasher: inout Hasher) {
    // The digest is uniform already: one word is enough for a table in memory.
    hasher.combine(words.0)
  }
}
