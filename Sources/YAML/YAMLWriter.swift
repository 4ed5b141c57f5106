// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes values as YAML in block style, always the same bytes for the same value. It does not
// know which texts need quotes; PlainText does.

/// Writes a value as a YAML document: block style, two spaces a level, nothing folded.
///
/// Reading the document gives the value again, each text byte for byte.
package struct YAMLWriter {
  private var output: [UInt8] = []

  private init() {}

  /// The document as bytes, in UTF-8 with a line feed at the end.
  package static func bytes(_ value: YAMLValue) -> [UInt8] {
    var writer = YAMLWriter()
    writer.write(value, indent: 0)
    return writer.output
  }

  /// The document as a text, with a line feed at the end.
  package static func write(_ value: YAMLValue) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }

  /// Writes a value whose first line begins where the output stands, with the line's end.
  private mutating func write(_ value: YAMLValue, indent: Int) {
    switch value {
    case .mapping(let entries) where !entries.isEmpty:
      for (position, entry) in entries.enumerated() {
        if position > 0 { pad(indent) }
        write(key: entry.key, value: entry.value, indent: indent)
      }
    case .sequence(let values) where !values.isEmpty:
      for (position, value) in values.enumerated() {
        if position > 0 { pad(indent) }
        text("- ")
        write(value, indent: indent + 2)
      }
    default: line(value, indent: indent)
    }
  }

  private mutating func write(key: String, value: YAMLValue, indent: Int) {
    let written = PlainText.isSafe(key) ? key : YAMLWriter.quoted(key)
    // Readers look for the colon of a simple key in the first 1024 characters only.
    if written.utf8.count > 1000 {
      text("? ")
      text(written)
      text("\n")
      pad(indent)
      text(": ")
      write(value, indent: indent + 2)
      return
    }
    text(written)
    text(":")
    if value.isNonemptyCollection {
      text("\n")
      pad(indent + 2)
      write(value, indent: indent + 2)
    } else {
      text(" ")
      line(value, indent: indent + 2)
    }
  }

  /// Writes what needs no lines of its own, but for a literal block's; `indent` is the block's.
  private mutating func line(_ value: YAMLValue, indent: Int) {
    switch value {
    case .null: text("null")
    case .bool(let value): text(value ? "true" : "false")
    case .int(let value): text(String(value))
    case .double(let value): text(PlainText.text(of: value))
    case .number(let digits) where CoreSchema.isNumber(digits): text(digits)
    case .sequence: text("[]")
    case .mapping: text("{}")
    case .string(let string), .number(let string):
      if PlainText.isSafe(string) {
        text(string)
      } else if YAMLWriter.isLiteral(string) {
        literal(string, indent: max(indent, 2))
      } else {
        text(YAMLWriter.quoted(string))
      }
    }
    if output.last != UInt8(ascii: "\n") { text("\n") }
  }

  private mutating func literal(_ string: String, indent: Int) {
    text(string.hasSuffix("\n\n") ? "|+\n" : string.hasSuffix("\n") ? "|\n" : "|-\n")
    var lines = string.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if string.hasSuffix("\n") { lines.removeLast() }
    for line in lines {
      if !line.isEmpty { pad(indent) }
      output.append(contentsOf: line)
      text("\n")
    }
  }

  private mutating func text(_ string: String) {
    output.append(contentsOf: string.utf8)
  }

  private mutating func pad(_ width: Int) {
    for _ in 0..<width { output.append(UInt8(ascii: " ")) }
  }

  /// Whether a text of several lines comes back exactly from a literal block.
  private static func isLiteral(_ string: String) -> Bool {
    let lineFeed = UInt8(ascii: "\n")
    guard let first = string.utf8.first, string.utf8.contains(lineFeed) else { return false }
    // The first line tells the indentation, so it may neither be empty nor begin with a blank.
    guard first != lineFeed, first != UInt8(ascii: " "), first != UInt8(ascii: "\t") else {
      return false
    }
    let hasBlankLine = string.utf8.split(separator: lineFeed).contains { line in
      line.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
    return !hasBlankLine
      && string.unicodeScalars.allSatisfy {
        $0 == "\n" || $0 == "\t" || PlainText.isPrintable($0)
      }
  }

  /// A text in double quotes on one line.
  private static func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where PlainText.isPrintable(scalar): result.unicodeScalars.append(scalar)
      default: result += escape(scalar.value)
      }
    }
    return result + "\""
  }

  private static func escape(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    let (letter, width) = value <= 0xFF ? ("x", 2) : value <= 0xFFFF ? ("u", 4) : ("U", 8)
    return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
  }
}

extension YAMLValue {
  fileprivate var isNonemptyCollection: Bool {
    switch self {
    case .sequence(let values): !values.isEmpty
    case .mapping(let entries): !entries.isEmpty
    default: false
    }
  }
}
