// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Looks up lines of several files by shown path. Made once for a whole list of diagnostics, so
// that a long file is cut into lines once.

/// The lines of the files that diagnostics point into.
struct SourceMap {
  private struct Entry {
    let file: SourceFile
    let starts: [Int]
  }

  private let entries: [String: Entry]

  /// Cuts every file into lines; the first of two files of one path counts, confidential ones not.
  init(_ sources: [SourceFile]) {
    var entries = [String: Entry]()
    for file in sources where entries[file.path] == nil && !file.isConfidential {
      entries[file.path] = Entry(file: file, starts: file.lineStarts())
    }
    self.entries = entries
  }

  /// The text of a line, without its line break; nil when the file or the line is not there.
  func line(_ number: Int, of path: String) -> String? {
    guard let entry = entries[path], number >= 1, number <= entry.starts.count else { return nil }
    let bytes = entry.file.bytes
    let start = entry.starts[number - 1]
    var end = start
    while end < bytes.count, SourceFile.lineBreakLength(in: bytes, at: end) == 0 { end += 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}
