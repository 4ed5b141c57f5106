// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Numbers that come from a host, an engine or a file that others write, bounded where they come in: no
// arithmetic on them overflows. Does not know what they count.

/// Reads numbers that others wrote.
enum HostNumber {
  /// The greatest number that counts, 2^53: what a JSON number holds without loss.
  static let most: Int64 = 1 << 53
  /// The greatest time since 1970 in milliseconds, the end of the year 2200.
  static let mostMilliseconds: Int64 = 7_289_654_400_000

  /// A number of bytes that is told in KiB; nil for what is no number.
  static func bytes(kibibytes text: some StringProtocol) -> Int64? {
    read(text).map { min($0, most >> 10) << 10 }
  }

  /// A number of digits alone, 0 to 2^53; nil for anything else.
  static func read(_ text: some StringProtocol) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(text), number <= most
    else { return nil }
    return number
  }
}
