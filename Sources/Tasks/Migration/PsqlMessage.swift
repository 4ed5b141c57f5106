// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One message of psql, in parts. Reads the form that psql gives with `VERBOSITY=verbose`, where the
// five-character code stands in every language of the server.

/// One message of psql or of the server.
package struct PsqlMessage: Sendable, Hashable {
  /// The line of psql's input at which the statement ended; nil for a message of psql's own.
  package var line: Int?
  /// SQLSTATE; empty for a message of psql's own.
  package var code = ""
  /// The sentence.
  package var text: String
  /// Whether the statement failed.
  package var isError: Bool
  /// The line of the statement that the server points to, from 1.
  package var statementLine: Int?
  /// That line as psql shows it.
  package var excerpt: String?
  /// The offset of the caret in it.
  package var caret: Int?
  /// What follows: detail, hint, context.
  package var details: [String] = []

  /// Reads the first line of a message; nil where it is none.
  init?(_ line: String) {
    guard line.hasPrefix("psql:") else { return nil }
    var rest = line.dropFirst("psql:".count)
    if rest.hasPrefix("<stdin>:") {
      rest = rest.dropFirst("<stdin>:".count)
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = HostNumber.read(digits).map(Int.init),
        rest.dropFirst(digits.count).hasPrefix(": ")
      else {
        return nil
      }
      self.line = number
      rest = rest.dropFirst(digits.count + 2)
    } else if rest.hasPrefix(" ") {
      rest = rest.dropFirst()
    } else {
      return nil
    }
    guard let colon = rest.firstIndex(of: ":") else { return nil }
    let severity = rest[..<colon]
    rest = rest[rest.index(after: colon)...].drop { $0 == " " }
    let code = rest.prefix(5)
    if code.count == 5, code.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) }),
      rest.dropFirst(5).hasPrefix(": ")
    {
      self.code = String(code)
      rest = rest.dropFirst(7)
      isError = !["00", "01", "02"].contains(code.prefix(2))
    } else {
      isError = severity == "error" || severity == "fatal"
    }
    text = String(rest)
  }

  /// Takes a line that follows the first.
  mutating func append(_ line: String) {
    if line.hasPrefix("LOCATION:") { return }
    if excerpt == nil, line.hasPrefix("LINE "), let colon = line.firstIndex(of: ":"),
      let number = HostNumber.read(line[..<colon].dropFirst("LINE ".count)).map(Int.init)
    {
      statementLine = number
      excerpt = String(line[line.index(after: colon)...].dropFirst())
      width = line.count - (excerpt?.count ?? 0)
      return
    }
    let blank = line.prefix { $0 == " " }.count
    if excerpt != nil, caret == nil, line.dropFirst(blank) == "^" {
      caret = max(0, blank - width)
      return
    }
    details.append(line)
  }

  /// How much of psql's line stands before the excerpt.
  private var width = 0
}
