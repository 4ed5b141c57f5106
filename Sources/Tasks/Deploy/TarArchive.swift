// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes tar archives (POSIX.1-1988 ustar) in memory: equal content gives equal bytes, whoever packs
// it and when. Reads none, and knows nothing of what the files mean.

/// A tar archive in the making.
package struct TarArchive: Sendable {
  private static let block = 512
  private var content: [UInt8] = []

  /// Starts with no files.
  package init() {}

  /// Adds a directory.
  package mutating func addDirectory(_ path: String, mode: Int = 0o700) -> Bool {
    addHeader(path + "/", mode: mode, size: 0, type: 0x35)
  }

  /// Adds a file; false where the name is too long for the format.
  package mutating func addFile(_ path: String, _ bytes: [UInt8], mode: Int = 0o600) -> Bool {
    guard addHeader(path, mode: mode, size: bytes.count, type: 0x30) else { return false }
    content += bytes
    let rest = bytes.count % Self.block
    if rest > 0 { content += [UInt8](repeating: 0, count: Self.block - rest) }
    return true
  }

  /// The whole archive.
  package var bytes: [UInt8] { content + [UInt8](repeating: 0, count: 2 * Self.block) }

  private mutating func addHeader(_ path: String, mode: Int, size: Int, type: UInt8) -> Bool {
    guard let (prefix, name) = Self.split(path) else { return false }
    var header = [UInt8](repeating: 0, count: Self.block)
    func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
      for (position, byte) in bytes.enumerated() { header[offset + position] = byte }
    }
    func octal(_ number: Int, digits: Int) -> [UInt8] {
      let text = String(number, radix: 8)
      return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
    }
    put(name, at: 0)
    put(octal(mode & 0o7777, digits: 7), at: 100)
    // Owner, group and time are zero: none of them is anybody's business there.
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put([UInt8](repeating: 0x20, count: 8), at: 148)
    header[156] = type
    put("ustar".utf8, at: 257)
    put("00".utf8, at: 263)
    put(prefix, at: 345)
    let sum = header.reduce(0) { $0 + Int($1) }
    put(octal(sum, digits: 6) + [0, 0x20], at: 148)
    content += header
    return true
  }

  /// The format has 100 bytes for a name and 155 for the directories before it.
  private static func split(_ path: String) -> (prefix: [UInt8], name: [UInt8])? {
    let bytes = Array(path.utf8)
    if bytes.count <= 100 { return ([], bytes) }
    for slash in bytes.indices where bytes[slash] == 0x2F && slash <= 155 {
      if slash > 0, bytes.count - slash - 1 <= 100, slash < bytes.count - 1 {
        return (Array(bytes[..<slash]), Array(bytes[(slash + 1)...]))
      }
    }
    return nil
  }
}
