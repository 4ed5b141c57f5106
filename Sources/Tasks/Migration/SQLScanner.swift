// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds where the statements of a SQL file begin and end, and what in it cannot be sent as one whole:
// quotes that never end, commands of psql. Follows the lexical rules of PostgreSQL; knows no grammar.

/// Splits a SQL file into statements.
package struct SQLScanner: Sendable {
  /// What stands in the way of sending a file.
  package enum Fault: Error, Sendable, Hashable {
    /// Something that is opened at this offset and never closed.
    case unclosed(String, offset: Int)
    /// A parenthesis that closes what was never opened.
    case unopened(offset: Int)
    /// A command of psql.
    case metaCommand(offset: Int)
    /// A zero byte.
    case zeroByte(offset: Int)

    /// Where it is.
    package var offset: Int {
      switch self {
      case .unclosed(_, let offset), .unopened(let offset), .metaCommand(let offset),
        .zeroByte(let offset):
        offset
      }
    }
  }

  private let text: [UInt8]
  private var position: Int
  private var statements: [SQLStatement] = []

  private var start: Int?
  private var words: [String] = []
  private var parentheses: [Int] = []
  /// How deep in `BEGIN ATOMIC … END` of a function's body.
  private var blocks: [Int] = []

  /// The statements of `text`, in order.
  package static func statements(of text: [UInt8]) throws(Fault) -> [SQLStatement] {
    var scanner = SQLScanner(text: text)
    try scanner.scan()
    return scanner.statements
  }

  private init(text: [UInt8]) {
    self.text = text
    position = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  private func byte(_ offset: Int = 0) -> UInt8 {
    position + offset < text.count ? text[position + offset] : 0
  }

  private mutating func scan() throws(Fault) {
    while position < text.count {
      switch text[position] {
      case 0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x0C: position += 1
      case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"): skipLine()
      case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"): try skipComment()
      default:
        if start == nil, text[position] != UInt8(ascii: ";") { start = position }
        try scanToken()
      }
    }
    if let open = parentheses.last { throw .unclosed("parenthesis", offset: open) }
    if let open = blocks.last { throw .unclosed("`BEGIN ATOMIC`", offset: open) }
    if start != nil { try finish(isTerminated: false) }
  }

  private mutating func scanToken() throws(Fault) {
    switch text[position] {
    case 0: throw .zeroByte(offset: position)
    case UInt8(ascii: "'"): try skipQuoted(0x27, "quote", escapes: false)
    case UInt8(ascii: "\""): try skipQuoted(0x22, "quoted name", escapes: false)
    case UInt8(ascii: "$"): try skipDollar()
    case UInt8(ascii: "\\"): throw .metaCommand(offset: position)
    case UInt8(ascii: "("):
      parentheses.append(position)
      position += 1
    case UInt8(ascii: ")"):
      guard parentheses.popLast() != nil else { throw .unopened(offset: position) }
      position += 1
    case UInt8(ascii: ";"):
      position += 1
      if parentheses.isEmpty, blocks.isEmpty, start != nil { try finish(isTerminated: true) }
    case 0x30...0x39:
      // A number: what it ends with is part of it, so that no `e` opens a quote.
      while Self.isPart(byte()) || byte() == UInt8(ascii: ".") { position += 1 }
    case let first where Self.isFirst(first): try scanWord()
    default: position += 1
    }
  }

  private mutating func scanWord() throws(Fault) {
    let begin = position
    while Self.isPart(byte()) { position += 1 }
    let word = String(decoding: text[begin..<position], as: UTF8.self).uppercased()
    if word == "E", byte() == 0x27 {
      try skipQuoted(0x27, "quote", escapes: true)
      return
    }
    guard parentheses.isEmpty else { return }
    if !blocks.isEmpty || (word == "BEGIN" && definesRoutine) {
      // `CASE` ends with `END` as well.
      if word == "BEGIN" || word == "CASE" { blocks.append(begin) }
      if word == "END" { blocks.removeLast() }
    }
    if words.count < SQLStatement.mostWords { words.append(word) }
  }

  private var definesRoutine: Bool {
    guard words.first == "CREATE" else { return false }
    let rest =
      words.dropFirst().starts(with: ["OR", "REPLACE"])
      ? words.dropFirst(3)
      : words.dropFirst()
    return rest.first == "FUNCTION" || rest.first == "PROCEDURE"
  }

  private mutating func finish(isTerminated: Bool) throws(Fault) {
    guard let start else { return }
    statements.append(
      SQLStatement(start: start, end: position, isTerminated: isTerminated, words: words))
    let takesData = isTerminated && words.first == "COPY" && copiesFromHere(start)
    self.start = nil
    words = []
    if takesData { try skipCopyData() }
  }

  /// Whether a `COPY` reads lines that follow it.
  private func copiesFromHere(_ start: Int) -> Bool {
    let words = Self.words(of: text[start..<position])
    return zip(words, words.dropFirst()).contains { $0 == "FROM" && $1 == "STDIN" }
  }

  private static func words(of text: ArraySlice<UInt8>) -> [String] {
    text.split { !isPart($0) }.map { String(decoding: $0, as: UTF8.self).uppercased() }
  }

  /// Goes behind the line `\.` that ends the data of a `COPY`.
  private mutating func skipCopyData() throws(Fault) {
    let begin = position
    skipLine()
    while position < text.count {
      let line = position
      skipLine()
      var end = position
      while end > line, text[end - 1] == 0x0A || text[end - 1] == 0x0D { end -= 1 }
      if text[line..<end].elementsEqual([0x5C, 0x2E]) { return }
    }
    throw .unclosed("`COPY` without a line `\\.` after its data", offset: begin - 1)
  }

  private mutating func skipLine() {
    while position < text.count, text[position] != 0x0A { position += 1 }
    if position < text.count { position += 1 }
  }

  private mutating func skipComment() throws(Fault) {
    let begin = position
    var depth = 0
    while position < text.count {
      if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
        depth += 1
        position += 2
      } else if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
        depth -= 1
        position += 2
        if depth == 0 { return }
      } else {
        position += 1
      }
    }
    throw .unclosed("comment", offset: begin)
  }

  private mutating func skipQuoted(
    _ quote: UInt8, _ what: String, escapes: Bool
  ) throws(Fault) {
    let begin = position
    position += 1
    while position < text.count {
      let current = text[position]
      if current == 0 { throw .zeroByte(offset: position) }
      position += escapes && current == UInt8(ascii: "\\") ? 2 : 1
      guard current == quote else { continue }
      // A doubled quote is one in the text.
      guard byte() == quote else { return }
      position += 1
    }
    throw .unclosed(what, offset: begin)
  }

  private mutating func skipDollar() throws(Fault) {
    let begin = position
    var end = position + 1
    if end < text.count, Self.isFirst(text[end]) {
      while end < text.count, Self.isPart(text[end]), text[end] != UInt8(ascii: "$") { end += 1 }
    }
    guard end < text.count, text[end] == UInt8(ascii: "$") else {
      position += 1
      return
    }
    let tag = text[begin...end]
    position = end + 1
    while position + tag.count <= text.count {
      if text[position] == UInt8(ascii: "$"), text[position..<(position + tag.count)] == tag {
        position += tag.count
        return
      }
      position += 1
    }
    position = text.count
    let shown = String(decoding: tag, as: UTF8.self)
    throw .unclosed("`\(shown)`", offset: begin)
  }

  private static func isFirst(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...0xFF: true
    default: false
    }
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    isFirst(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "$")
  }
}
