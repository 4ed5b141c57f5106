// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One migration as it lies on disk: its name, its bytes, its digest, and whether it may run in a
// transaction. Knows what a file must not hold; asks no database.

package import Cache
package import TaskGraph

/// One file of SQL.
package struct MigrationFile: Sendable, Hashable {
  /// The name in the folder: what the database keeps it as.
  package let name: String
  /// From the project's root.
  package let path: String
  /// The content.
  package let bytes: [UInt8]
  /// SHA-256 of the content.
  package let checksum: Digest

  /// The comment that says that a file cannot run in a transaction.
  package static let marker = "-- stagecraft: no-transaction"

  /// Makes a migration of a file's content.
  package init(name: String, path: String, bytes: [UInt8]) {
    self.name = name
    self.path = path
    self.bytes = bytes
    checksum = Digest.of(bytes)
  }

  /// The digits that the name begins with, without zeros before them; nil where it begins otherwise.
  package var number: String? {
    let digits = name.utf8.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    let significant = String(decoding: digits.drop { $0 == 0x30 }, as: UTF8.self)
    return significant.isEmpty ? "0" : significant
  }

  /// How it is sent, and its statements.
  package struct Script: Sendable {
    package let statements: [SQLStatement]
    /// False where the marker stands before the first statement.
    package let isTransactional: Bool
  }

  /// The file as a script; an error where it cannot be sent as one whole.
  package func script() throws(TaskError) -> Script {
    let statements: [SQLStatement]
    do throws(SQLScanner.Fault) {
      statements = try SQLScanner.statements(of: bytes)
    } catch {
      throw fault(error)
    }
    let isTransactional = try !isMarked(before: statements.first?.start ?? bytes.count)
    try checkControl(statements, isTransactional: isTransactional)
    return Script(statements: statements, isTransactional: isTransactional)
  }

  private func isMarked(before end: Int) throws(TaskError) -> Bool {
    var isMarked = false
    var offset = 0
    for line in bytes[..<end].split(separator: 0x0A, omittingEmptySubsequences: false) {
      let start = offset
      offset += line.count + 1
      let text = String(decoding: line, as: UTF8.self)
      let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
      guard words.count >= 2, words[0] == "--", words[1] == "stagecraft:" else { continue }
      guard words.count == 3, words[2] == "no-transaction" else {
        throw MigrationExcerpt(of: self, at: start).error(
          .input, "`\(path)` says something to stagecraft that it does not know",
          hint: "the one thing that can be said is `\(Self.marker)`")
      }
      isMarked = true
    }
    return isMarked
  }

  /// A transaction of the file's own would end ours, and with it the promise that the file and its
  /// record come together.
  private func checkControl(
    _ statements: [SQLStatement], isTransactional: Bool
  ) throws(TaskError) {
    var open: SQLStatement?
    for statement in statements {
      guard let control = statement.control else { continue }
      if isTransactional {
        let word = statement.words.first ?? ""
        throw MigrationExcerpt(of: self, at: statement.start, length: word.utf8.count).error(
          .input, "`\(path)` has `\(word)`, but each migration runs in a transaction of its own",
          hint: "take it out; a file that cannot run in a transaction begins with the line "
            + "`\(Self.marker)`")
      }
      open = control == .ends ? nil : statement
    }
    if let open {
      throw MigrationExcerpt(of: self, at: open.start, length: open.words[0].utf8.count).error(
        .input, "`\(path)` leaves a transaction open", hint: "end it with `COMMIT;`")
    }
  }

  private func fault(_ fault: SQLScanner.Fault) -> TaskError {
    let excerpt = MigrationExcerpt(of: self, at: fault.offset)
    switch fault {
    case .unclosed(let what, _):
      return excerpt.error(.input, "`\(path)` has a \(what) that is not closed", hint: nil)
    case .unopened:
      return excerpt.error(.input, "`\(path)` closes a parenthesis that is not open", hint: nil)
    case .metaCommand:
      return excerpt.error(
        .input, "`\(path)` has a command of psql, and migrations are SQL alone",
        hint: "put a `\\` into quotes, or take the command out")
    case .zeroByte:
      return excerpt.error(.input, "`\(path)` has a zero byte, which no SQL can have", hint: nil)
    }
  }
}
