// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Adds a line to a .gitignore and leaves every other byte as it is. A pure function of bytes.

/// The text of a .gitignore.
enum IgnoreFile {
  /// The state of the program in a project.
  static let line = ".stagecraft/"

  /// The bytes with the line added at the end; nil where a line like it is there already.
  static func adding(to bytes: [UInt8]) -> [UInt8]? {
    let known: Set = [".stagecraft", ".stagecraft/", "/.stagecraft", "/.stagecraft/"]
    let usesCarriageReturns = bytes.contains(0x0D)
    for line in bytes.split(separator: 0x0A) {
      var text = Substring(String(decoding: line, as: UTF8.self))
      while let last = text.unicodeScalars.last, last == " " || last == "\r" || last == "\t" {
        text.unicodeScalars.removeLast()
      }
      if known.contains(String(text)) { return nil }
    }
    let end = usesCarriageReturns ? "\r\n" : "\n"
    var added = bytes
    if let last = bytes.last, last != 0x0A { added += Array(end.utf8) }
    return added + Array((line + end).utf8)
  }
}
