// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The one rule by which Compose keeps a `$` from being a variable: it is written twice. Works on bytes;
// knows nothing of where in a file a text stands.

/// Texts on their way out of and into Compose files.
enum ComposeText {
  private static let dollar = UInt8(ascii: "$")

  /// What a text that `docker compose config` printed stands for: each `$$` is one `$`.
  static func undoubled(_ text: String) -> String {
    guard text.utf8.contains(dollar) else { return text }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var isSecond = false
    for byte in text.utf8 {
      if byte == dollar, isSecond {
        isSecond = false
        continue
      }
      isSecond = byte == dollar
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text to write into a Compose file so that Compose reads `text`.
  static func doubled(_ text: String) -> String {
    guard text.utf8.contains(dollar) else { return text }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 2)
    for byte in text.utf8 {
      bytes.append(byte)
      if byte == dollar { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
