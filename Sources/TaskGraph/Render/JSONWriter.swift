// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes JSON into a byte buffer: members in the order they are given, so equal values give equal
// bytes. It knows nothing of tasks and keeps no tree in memory.

/// Writes one JSON value as bytes.
///
/// Small enough to be exact and fast enough for a graph of a million tasks; the caller closes what it
/// opens by using the closures.
package struct JSONWriter {
  /// How the value is laid out.
  package enum Style: Sendable {
    /// No space at all.
    case compact
    /// One member a line, two spaces a level.
    case pretty
  }

  /// What was written so far.
  package private(set) var bytes: [UInt8] = []
  private var style: Style
  private var depth = 0
  /// Whether the next value is the first of its object or array.
  private var isFirst = true
  /// Whether a key has just been written, so that the value stands on its line.
  private var followsKey = false

  /// Starts with nothing written.
  package init(_ style: Style = .compact, reserving capacity: Int = 0) {
    self.style = style
    bytes.reserveCapacity(capacity)
  }

  /// Hands out what was written and forgets it, so that a large value can be written in pieces.
  package mutating func takeBytes() -> [UInt8] {
    let taken = bytes
    bytes.removeAll(keepingCapacity: true)
    return taken
  }

  /// Writes an object; `body` writes its members.
  package mutating func object<Failure: Error>(
    _ body: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try nested(0x7B, 0x7D, body)
  }

  /// Writes an array; `body` writes its elements.
  package mutating func array<Failure: Error>(
    _ body: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try nested(0x5B, 0x5D, body)
  }

  /// Writes what `body` writes on one line, whatever the style is.
  package mutating func line<Failure: Error>(
    _ body: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    let outer = style
    separate()
    followsKey = true
    style = .compact
    defer { style = outer }
    try body(&self)
  }

  private mutating func nested<Failure: Error>(
    _ opening: UInt8, _ closing: UInt8, _ body: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    separate()
    bytes.append(opening)
    depth += 1
    isFirst = true
    try body(&self)
    depth -= 1
    if !isFirst { breakLine() }
    isFirst = false
    bytes.append(closing)
  }

  /// Writes the name of the member that follows.
  package mutating func key(_ name: String) {
    separate()
    writeQuoted(name)
    bytes.append(0x3A)
    if style == .pretty { bytes.append(0x20) }
    followsKey = true
  }

  /// Writes a text.
  package mutating func string(_ value: String) {
    separate()
    writeQuoted(value)
  }

  /// Writes a whole number.
  package mutating func integer(_ value: Int64) {
    separate()
    writeDigits(value)
  }

  /// Writes thousandths as a decimal number: 1500 as `1.5`.
  package mutating func thousandths(_ value: Int64) {
    separate()
    let magnitude = value.magnitude
    if value < 0 { bytes.append(0x2D) }
    writeDigits(Int64(magnitude / 1000))
    let rest = Int64(magnitude % 1000)
    guard rest > 0 else { return }
    bytes.append(0x2E)
    var digits = [UInt8(rest / 100), UInt8(rest / 10 % 10), UInt8(rest % 10)]
    while digits.last == 0 { digits.removeLast() }
    for digit in digits { bytes.append(0x30 + digit) }
  }

  /// Writes a truth value.
  package mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Writes nothing as a value.
  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a text member.
  package mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  /// Writes a text member, `null` where there is none.
  package mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// Writes a number member.
  package mutating func member(_ name: String, _ value: Int) {
    key(name)
    integer(Int64(value))
  }

  /// Writes a truth member.
  package mutating func member(_ name: String, _ value: Bool) {
    key(name)
    bool(value)
  }

  /// Writes a member that is a list of texts.
  package mutating func member(_ name: String, list values: some Sequence<String>) {
    key(name)
    array { writer in
      for value in values { writer.string(value) }
    }
  }

  /// Writes a line break that belongs to no value, such as the one at the end of a file.
  package mutating func endLine() { bytes.append(0x0A) }

  private mutating func separate() {
    if followsKey {
      followsKey = false
      isFirst = false
      return
    }
    guard depth > 0 else { return }
    if !isFirst { bytes.append(0x2C) }
    isFirst = false
    breakLine()
  }

  private mutating func breakLine() {
    guard style == .pretty else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
  }

  private mutating func writeDigits(_ value: Int64) {
    if value >= 0, value < 10 {
      bytes.append(0x30 + UInt8(value))
    } else {
      bytes.append(contentsOf: String(value).utf8)
    }
  }

  private mutating func writeQuoted(_ text: String) {
    bytes.append(0x22)
    // Almost every text is contiguous; the other path copies it once.
    let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { appendEscaped($0) }
    if isWritten == nil { Array(text.utf8).withUnsafeBufferPointer { appendEscaped($0) } }
    bytes.append(0x22)
  }

  /// Copies runs of plain bytes at once; only quotes, backslashes and controls need more.
  private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
    var start = 0
    for position in text.indices {
      let byte = text[position]
      guard byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F else { continue }
      bytes.append(contentsOf: text[start..<position])
      appendEscape(byte)
      start = position + 1
    }
    bytes.append(contentsOf: text[start...])
  }

  private mutating func appendEscape(_ byte: UInt8) {
    bytes.append(0x5C)
    switch byte {
    case 0x22, 0x5C: bytes.append(byte)
    case 0x08: bytes.append(0x62)
    case 0x09: bytes.append(0x74)
    case 0x0A: bytes.append(0x6E)
    case 0x0C: bytes.append(0x66)
    case 0x0D: bytes.append(0x72)
    default:
      bytes.append(contentsOf: "u00".utf8)
      for nibble in [byte >> 4, byte & 15] {
        bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
      }
    }
  }
}
