// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Turns what psql says of a failed migration into an error at a place in its file. Pure: an answer and
// a file in, an error out.

import TaskGraph

/// Says what failed in a database.
struct MigrationFault: Sendable {
  let database: MigrationDatabase

  init(_ database: MigrationDatabase) { self.database = database }

  /// What failed beside any migration.
  func failure(_ answer: PsqlAnswer) -> TaskError {
    guard let message = answer.error else {
      return TaskError(
        .unexpectedAnswer("psql"), "psql on `\(database.name)` gave no answer",
        hint: "see that the `psql` that runs is PostgreSQL's own", logTail: answer.others)
    }
    return TaskError(
      code(message), "database `\(database.name)` refused: \(sentence(message))",
      hint: hint(message, isTransactional: true), logTail: message.details)
  }

  /// What failed in `file`, which `sent` was made of.
  func failure(
    _ answer: PsqlAnswer, in file: MigrationFile, _ script: MigrationFile.Script,
    sent: MigrationScript
  ) -> TaskError {
    guard answer.has("begun") else { return failure(answer) }
    guard let message = answer.error else {
      return TaskError(
        .unexpectedAnswer("psql"),
        "`\(file.path)` was sent to `\(database.name)`, which has no record of it afterwards",
        hint: "it does not count as applied; see `stagecraft migrate status`",
        logTail: answer.others)
    }
    let hint = hint(message, isTransactional: script.isTransactional)
    let said = "`\(file.path)` failed in `\(database.name)`: \(sentence(message))"
    guard let place = place(of: message, in: file, script, sent: sent) else {
      return TaskError(
        code(message), said + ", when it was committed", hint: hint, logTail: message.details)
    }
    return TaskError(
      code(message), said, hint: hint, logTail: place.lines + message.details)
  }

  /// Whether a file without a transaction failed before anything of it took effect: the first
  /// statement could not be understood.
  func isHarmless(
    _ answer: PsqlAnswer, in file: MigrationFile, _ script: MigrationFile.Script,
    sent: MigrationScript
  ) -> Bool {
    guard !script.isTransactional, answer.has("begun"), let message = answer.error,
      message.code == "42601", let last = message.line, let first = script.statements.first
    else { return false }
    let end = file.bytes[..<max(first.start, first.end - 1)].count { $0 == 0x0A } + 1
    return last - sent.linesBefore <= end
  }

  private func sentence(_ message: PsqlMessage) -> String {
    message.code.isEmpty ? message.text : "\(message.text) (SQLSTATE \(message.code))"
  }

  /// Wrong SQL is the user's to mend; what the data or the server refuses is not in the file.
  private func code(_ message: PsqlMessage) -> TaskError.Code {
    switch message.code.prefix(2) {
    case "42" where message.code != "42501": .input
    case "0A", "22", "25", "2D", "34", "3F": .input
    default: .unavailable("database")
    }
  }

  private func hint(_ message: PsqlMessage, isTransactional: Bool) -> String {
    switch message.code {
    case "25001":
      return "begin the file with the line `\(MigrationFile.marker)`, and give it this statement "
        + "alone"
    case "42501":
      return "the user of `\(database.variable)` needs the right to do this"
    case "40001", "40P01", "55P03":
      return "something else held what it needs; run it again"
    default:
      return isTransactional
        ? "nothing of this file took effect: correct it and run again"
        : "it runs without a transaction, so what stands before this took effect"
    }
  }

  /// Where in the file; nil where the message is about something after it.
  private func place(
    of message: PsqlMessage, in file: MigrationFile, _ script: MigrationFile.Script,
    sent: MigrationScript
  ) -> MigrationExcerpt? {
    guard let last = message.line.map({ $0 - sent.linesBefore }), last > 0 else { return nil }
    func line(_ offset: Int) -> Int { file.bytes[..<offset].count { $0 == 0x0A } + 1 }
    // psql counts to the line on which a statement ends.
    guard
      let statement = script.statements.first(where: { statement in
        line(max(statement.start, statement.end - 1)) >= last || !statement.isTerminated
      })
    else { return nil }
    let first = line(statement.start)
    let atStatement = MigrationExcerpt(
      of: file, at: statement.start, length: statement.words.first?.utf8.count ?? 1)
    guard let excerpt = message.excerpt, let caret = message.caret,
      let number = message.statementLine
    else { return atStatement }
    let lines = MigrationExcerpt.lines(of: file)
    // psql leaves out comments before a statement, in some versions more of them than in others.
    let supposed = first + number - 1
    let candidates = [supposed] + Array(first...max(first, min(last, lines.count)))
    for candidate in candidates where (1...lines.count).contains(candidate) {
      guard let offset = Self.offset(of: excerpt, caret, in: lines[candidate - 1]) else { continue }
      return MigrationExcerpt(of: file, line: candidate, column: offset + 1)
    }
    return atStatement
  }

  /// Where in `line` the caret under `excerpt` points, which may be a part of it.
  static func offset(of excerpt: String, _ caret: Int, in line: String) -> Int? {
    let line = Array(line.unicodeScalars.map { $0 == "\t" ? " " : $0 })
    let dots = Array("...".unicodeScalars)
    let whole = Array(excerpt.unicodeScalars)
    for cutsStart in [false, true] {
      for cutsEnd in [false, true] {
        var part = whole[...]
        var offset = caret
        if cutsStart {
          guard part.starts(with: dots) else { continue }
          part = part.dropFirst(3)
          offset -= 3
        }
        if cutsEnd {
          guard part.suffix(3).elementsEqual(dots) else { continue }
          part = part.dropLast(3)
        }
        guard !part.isEmpty || line.isEmpty, part.count <= line.count else { continue }
        for start in 0...(line.count - part.count)
        where line[start..<(start + part.count)].elementsEqual(part) {
          return max(0, start + offset)
        }
      }
    }
    return nil
  }
}
