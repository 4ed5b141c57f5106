// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The backslash sequences of a double-quoted value in an env file. Knows no quotes and no variables.

/// The escapes of double-quoted values, as Compose reads them.
enum DotEnvEscapes {
  /// The bytes with every known sequence replaced.
  ///
  /// Known are `\a \b \f \n \r \t \v \" \\` and `\0ooo`. `\$` becomes `$$`, which the expansion
  /// that follows turns into a dollar sign. Any other backslash stands for itself.
  static func unescape(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let letter = bytes[index + 1]
      index += 2
      if letter == UInt8(ascii: "0") {
        let digits = bytes[index...].prefix(3).prefix { (0x30...0x39).contains($0) }
        result += octal(digits)
        index += digits.count
      } else if letter == UInt8(ascii: "$") {
        result += [letter, letter]
      } else if let byte = controls[letter] {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "\\"), letter]
      }
    }
    return result
  }

  private static let controls: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10,
    UInt8(ascii: "v"): 11, UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13,
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
  ]

  /// The character of three octal digits; what is none keeps its backslash and loses the zero, as
  /// it does in Compose.
  private static func octal(_ digits: ArraySlice<UInt8>) -> [UInt8] {
    if digits.count == 3, let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
      return Array(String(Unicode.Scalar(code)).utf8)
    }
    return [UInt8(ascii: "\\")] + digits
  }
}
