// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Builds a digest piece by piece. Knows framing, so that ("ab","c") and ("a","bc") differ; knows
// nothing of what the pieces mean.

import Crypto

/// Builds one digest from many pieces.
package struct DigestBuilder {
  private var function = SHA256()

  /// Starts with no bytes.
  package init() {}

  /// Adds raw bytes, unframed: for the content of a file.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    function.update(bufferPointer: bytes)
  }

  /// Adds a number, as eight little-endian bytes.
  package mutating func frame(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { function.update(bufferPointer: $0) }
  }

  /// Adds the length of `text` in UTF-8 bytes, then those bytes.
  package mutating func frame(_ text: String) {
    var text = text
    text.withUTF8 { frame(UnsafeRawBufferPointer($0)) }
  }

  /// Adds the count of `bytes`, then `bytes`.
  package mutating func frame(_ bytes: UnsafeRawBufferPointer) {
    frame(UInt64(bytes.count))
    update(bytes)
  }

  /// Adds a digest, as its 32 bytes.
  package mutating func frame(_ digest: Digest) {
    for word in [digest.words.0, digest.words.1, digest.words.2, digest.words.3] {
      withUnsafeBytes(of: word.bigEndian) { function.update(bufferPointer: $0) }
    }
  }

  /// Ends the digest; the builder may not be used after.
  package consuming func finalize() -> Digest {
    function.finalize().withUnsafeBytes { Digest(bytes: $0) } ?? .zero
  }
}
