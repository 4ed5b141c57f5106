// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads the text of an env file as Docker Compose does: names, quotes, escapes, comments. Expansion
// of variables is VariableExpansion's job; reading the file from disk is the caller's.

/// The parser of env files.
///
/// The rules are those of Compose's own parser, seen with Compose 2.26: what it refuses or reads as
/// something surprising (a nameless line, text behind a closing quote) is a diagnostic here.
package struct DotEnvParser {
  private let file: SourceFile
  private let bytes: [UInt8]
  private let lookup: (String) -> String?
  private var position = 0
  private var cursor: SourceCursor
  private var entries: [EnvironmentFile.Entry] = []
  private var values: [String: String] = [:]
  private var requested: [String] = []
  private var diagnostics: [Diagnostic] = []

  /// The variables of a file, and every fault in it.
  ///
  /// `lookup` is the environment around the file: its values win over those of the file, both where
  /// a value mentions a variable and where a line has a name alone.
  package static func parse(
    _ file: SourceFile, lookup: @escaping (String) -> String? = { _ in nil }
  ) -> (file: EnvironmentFile, diagnostics: [Diagnostic]) {
    var parser = DotEnvParser(file, lookup: lookup)
    parser.parse()
    return (
      EnvironmentFile(entries: parser.entries, requested: parser.requested), parser.diagnostics
    )
  }

  private init(_ file: SourceFile, lookup: @escaping (String) -> String?) {
    self.file = file
    self.bytes = file.bytes
    self.lookup = lookup
    cursor = SourceCursor(file)
    if bytes.starts(with: SourceFile.byteOrderMark) { position = 3 }
  }

  private mutating func parse() {
    if let bad = SourceCursor.firstInvalidUTF8(in: bytes) {
      // Text after bytes that are no text cannot be told from it.
      report(.badEnvironmentLine(.notUTF8), at: bad)
      return
    }
    while skipToStatement() { statement() }
  }

  // MARK: statements

  /// Moves to the next statement; false at the end.
  private mutating func skipToStatement() -> Bool {
    while position < bytes.count {
      let space = spaceLength(at: position)
      if space > 0 {
        position += space
      } else if bytes[position] == UInt8(ascii: "\n") {
        position += 1
      } else if bytes[position] == UInt8(ascii: "#") {
        skipLine()
      } else {
        return true
      }
    }
    return false
  }

  private mutating func statement() {
    skipExport()
    let start = position
    var end = start
    while end < bytes.count, !Self.endsName(bytes[end]) { end += 1 }
    let hasValue = end < bytes.count && bytes[end] != UInt8(ascii: "\n")
    let name = String(decoding: bytes[start..<trimmedEnd(start, end)], as: UTF8.self)
    position = min(end + 1, bytes.count)
    if let fault = Self.fault(inName: name) {
      report(.badEnvironmentLine(fault), at: start, length: max(1, name.unicodeScalars.count))
      // The value has to be read over, since it can go on over several lines.
      if hasValue { _ = value() }
      return
    }
    guard hasValue else {
      if let value = request(name) { append(name, value, at: start) }
      return
    }
    guard let value = value() else { return }
    append(name, value, at: start)
  }

  private mutating func skipExport() {
    let word = Array("export".utf8)
    guard bytes[position...].starts(with: word) else { return }
    var next = position + word.count
    while next < bytes.count, spaceLength(at: next) > 0 { next += spaceLength(at: next) }
    if next > position + word.count { position = next }
  }

  private static func endsName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "\n")
  }

  private static func fault(inName name: String) -> Diagnostic.EnvironmentLineFault? {
    if name.isEmpty { return .missingName }
    for scalar in name.unicodeScalars {
      switch scalar {
      case "_", ".", "-", "[", "]": continue
      case " ", "\t": return .spaceInName(name)
      case _ where scalar.properties.isAlphabetic || scalar.properties.numericType != nil: continue
      default: return .badCharacter(String(scalar))
      }
    }
    return nil
  }

  private mutating func append(_ name: String, _ value: String, at start: Int) {
    guard !value.utf8.contains(0) else {
      report(
        .badEnvironmentLine(.zeroByte), at: start, length: name.unicodeScalars.count)
      return
    }
    values[name] = value
    entries.append(
      EnvironmentFile.Entry(name: name, value: value, location: cursor.location(of: start)))
  }

  // MARK: values

  /// The value that starts here, read to the end of its line; nil after a fault.
  private mutating func value() -> String? {
    while position < bytes.count, spaceLength(at: position) > 0 {
      position += spaceLength(at: position)
    }
    guard position < bytes.count else { return "" }
    let start = position
    switch bytes[position] {
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      let quote = bytes[position]
      guard let content = quoted(quote) else { return nil }
      guard endsLine() else { return nil }
      if quote == UInt8(ascii: "'") { return String(decoding: content, as: UTF8.self) }
      return expanded(DotEnvEscapes.unescape(content), at: start)
    default:
      return expanded(unquoted(), at: start)
    }
  }

  /// The bytes up to the end of the line, without a comment and the space before it.
  private mutating func unquoted() -> [UInt8] {
    let start = position
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    position = min(end + 1, bytes.count)
    var stop = start
    while stop < end {
      if bytes[stop] == UInt8(ascii: " "), stop + 1 < end, bytes[stop + 1] == UInt8(ascii: "#") {
        break
      }
      stop += 1
    }
    return Array(bytes[start..<trimmedEnd(start, stop)])
  }

  /// The bytes between two quotes, with a backslash before the quote taken away.
  private mutating func quoted(_ quote: UInt8) -> [UInt8]? {
    let start = position
    var content: [UInt8] = []
    var isEscaped = false
    var index = start + 1
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == quote {
        if !isEscaped {
          position = index
          return content
        }
        content.append(byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\"), !isEscaped {
        isEscaped = true
      } else {
        if isEscaped { content.append(UInt8(ascii: "\\")) }
        content.append(byte)
        isEscaped = false
      }
    }
    report(.badEnvironmentLine(.unterminatedQuote), at: start)
    // Everything behind it could be inside or outside of it.
    position = bytes.count
    return nil
  }

  /// Moves to the next line after a closing quote; reports text that is no comment.
  private mutating func endsLine() -> Bool {
    while position < bytes.count, spaceLength(at: position) > 0 {
      position += spaceLength(at: position)
    }
    guard position < bytes.count, bytes[position] != UInt8(ascii: "\n") else { return true }
    let start = position
    skipLine()
    if bytes[start] == UInt8(ascii: "#") { return true }
    report(.badEnvironmentLine(.textAfterQuote), at: start)
    return false
  }

  private mutating func expanded(_ content: [UInt8], at start: Int) -> String? {
    let text = String(decoding: content, as: UTF8.self)
    var asked: [String] = []
    let outcome: Result<String, VariableExpansion.Failure>
    do throws(VariableExpansion.Failure) {
      outcome = .success(
        try VariableExpansion.expand(text) { name in
          asked.append(name)
          return lookup(name) ?? values[name]
        })
    } catch {
      outcome = .failure(error)
    }
    for name in asked { note(name) }
    switch outcome {
    case .success(let value): return value
    case .failure(.invalid(let form)): report(.badExpansion(form), at: start)
    case .failure(.required(let name, let message)):
      report(.requiredVariable(name, message: message), at: start)
    }
    return nil
  }

  private mutating func request(_ name: String) -> String? {
    note(name)
    return lookup(name)
  }

  private mutating func note(_ name: String) {
    if !requested.contains(name) { requested.append(name) }
  }

  // MARK: bytes

  private mutating func skipLine() {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
  }

  /// How many bytes of white space other than a line feed stand here: tab, VT, FF, CR, space, NEL,
  /// no-break space.
  private func spaceLength(at index: Int) -> Int {
    switch bytes[index] {
    case 0x09, 0x0B, 0x0C, 0x0D, 0x20: 1
    case 0xC2
    where index + 1 < bytes.count && (bytes[index + 1] == 0x85 || bytes[index + 1] == 0xA0):
      2
    default: 0
    }
  }

  /// The end of a range without the white space before it.
  private func trimmedEnd(_ start: Int, _ end: Int) -> Int {
    var end = end
    while end > start {
      if bytes[end - 1] == UInt8(ascii: "\n") || spaceLength(at: end - 1) == 1 {
        end -= 1
      } else if end - 2 >= start, spaceLength(at: end - 2) == 2 {
        end -= 2
      } else {
        break
      }
    }
    return end
  }

  private mutating func report(_ code: Diagnostic.Code, at offset: Int, length: Int = 1) {
    diagnostics.append(Diagnostic(code, at: cursor.location(of: offset), length: length))
  }
}
