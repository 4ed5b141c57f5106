// SPDX-License-Identifier: AGPL-3.0-or-later
// Decides which texts may be written without quotes: those that no reader of YAML 1.1 or 1.2
// takes for anything but a text. It does not know how the others are written.

/// The rules for texts without quotes, in block style.
enum PlainText {
  /// Whether a text reads back as itself, and as a text, when written without quotes.
  static func isSafe(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last else { return false }
    let space = UInt8(ascii: " ")
    guard first != space, last != space, last != UInt8(ascii: ":") else { return false }
    switch first {
    case UInt8(ascii: "-"):
      guard bytes.count > 1, bytes[1] != space, !bytes.starts(with: Array("---".utf8)) else {
        return false
      }
    case UInt8(ascii: "."):
      guard !bytes.starts(with: Array("...".utf8)) else { return false }
    case UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["),
      UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"),
      UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"),
      UInt8(ascii: ">"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "%"),
      UInt8(ascii: "@"), UInt8(ascii: "`"):
      return false
    default: break
    }
    for (byte, next) in zip(bytes, bytes.dropFirst()) {
      if byte == UInt8(ascii: ":") && next == space { return false }
      if byte == space && next == UInt8(ascii: "#") { return false }
    }
    return text.unicodeScalars.allSatisfy { isPrintable($0) } && !isMistakable(text, bytes)
  }

  /// Whether a character may stand in a text as it is; tabs and line breaks may not.
  static func isPrintable(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E: true
    case 0x2028, 0x2029, 0xFEFF: false
    case 0xA0...0xD7FF, 0xE000...0xFFFD: true
    // The last two of each plane are no characters.
    case 0x10000...0x10FFFF: scalar.value & 0xFFFE != 0xFFFE
    default: false
    }
  }

  /// Whether a text is written like a number of YAML 1.1 or 1.2.
  static func isNumber(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let word = rest.map { isUppercase($0) ? $0 + 32 : $0 }
    switch String(decoding: word, as: UTF8.self) {
    case ".inf", ".nan": return true
    default: break
    }
    if word.count > 2, word[0] == UInt8(ascii: "0"),
      let radix = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2][word[1]]
    {
      return word[2...].allSatisfy { byte in
        byte == UInt8(ascii: "_")
          || Character(UnicodeScalar(byte)).hexDigitValue.map { $0 < radix } ?? false
      }
    }
    return isDecimal(word)
  }

  /// A number as every reader of YAML takes it for a floating-point one.
  static func text(of value: Double) -> String {
    if value.isNaN { return ".nan" }
    if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
    let text = value.description
    guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
    // Readers of YAML 1.1 take `1e+20` for a text.
    return text[..<exponent] + ".0" + text[exponent...]
  }

  /// Decimal integers and fractions, with `_` and, in sexagesimals, `:` between digits.
  private static func isDecimal(_ word: [UInt8]) -> Bool {
    guard let first = word.first, isDigit(first) || first == UInt8(ascii: ".") else { return false }
    guard word.contains(where: { isDigit($0) }) else { return false }
    var rest = word[...]
    func skip(_ others: UInt8...) {
      rest = rest.drop { isDigit($0) || others.contains($0) }
    }
    skip(UInt8(ascii: "_"), UInt8(ascii: ":"))
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      skip(UInt8(ascii: "_"))
    }
    if rest.first == UInt8(ascii: "e") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard let digit = rest.first, isDigit(digit) else { return false }
      skip()
    }
    return rest.isEmpty
  }

  private static func isMistakable(_ text: String, _ bytes: [UInt8]) -> Bool {
    // The longest word below has five letters.
    if bytes.count <= 5, words.contains(text.lowercased()) { return true }
    return isNumber(text) || isDate(bytes)
  }

  private static let words: Set = [
    "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<",
  ]

  /// Whether a text begins like `2025-01-31`, alone or before a time.
  private static func isDate(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 8, bytes[..<4].allSatisfy({ isDigit($0) }) else { return false }
    let parts = bytes[4...].split(
      separator: UInt8(ascii: "-"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty else { return false }
    let day = parts[2].prefix { isDigit($0) }
    guard (1...2).contains(parts[1].count), parts[1].allSatisfy({ isDigit($0) }),
      (1...2).contains(day.count)
    else { return false }
    switch parts[2].dropFirst(day.count).first {
    case nil, UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " "): return true
    default: return false
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isUppercase(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
  }
}
