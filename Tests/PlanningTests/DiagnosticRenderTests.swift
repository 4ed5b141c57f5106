// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The drawing of a diagnostic: carets under wide, long, tabbed and broken lines, places without
// text, and messages of codes that no stagecraft.yml can cause.

import Planning
import Testing

/// The drawing of diagnostics.
@Suite struct DiagnosticRenderTests {
  private func render(
    _ line: String, column: Int, length: Int,
    code: Diagnostic.Code = .unknownKey("k", nearest: nil, known: [])
  ) -> String {
    let location = SourceLocation(file: "f", line: 1, column: column)
    return Diagnostic(code, at: location, length: length)
      .render(sources: [SourceFile(path: "f", text: line)])
  }

  private func carets(_ line: String, column: Int, length: Int) -> [String] {
    render(line, column: column, length: length).split(separator: "\n").suffix(2).map(String.init)
  }

  @Test func `carets stand under letters that take several bytes`() {
    #expect(carets("é: ünk", column: 4, length: 3) == ["1 | é: ünk", "  |    ^^^"])
  }

  @Test func `carets stand under combined letters`() {
    #expect(carets("e\u{301}e: x", column: 6, length: 1) == ["1 | e\u{301}e: x", "  |     ^"])
  }

  @Test func `carets are two wide under wide letters`() {
    #expect(carets("名前: 値x", column: 5, length: 2) == ["1 | 名前: 値x", "  |       ^^^"])
  }

  @Test func `tabs are shown as spaces`() {
    #expect(carets("\ta:\tb", column: 5, length: 1) == ["1 |     a:  b", "  |         ^"])
  }

  @Test func `a place after the end has one caret`() {
    #expect(carets("a:", column: 9, length: 3) == ["1 | a:", "  |   ^"])
  }

  @Test func `control characters are shown as a sign`() {
    #expect(carets("a\u{1B}[31mb", column: 7, length: 1) == ["1 | a\u{FFFD}[31mb", "  |       ^"])
  }

  @Test func `a long line is cut around its span`() {
    let line = String(repeating: "a", count: 100) + "XYZ" + String(repeating: "b", count: 100)
    #expect(
      carets(line, column: 101, length: 3) == [
        "1 | …\(String(repeating: "a", count: 32))XYZ\(String(repeating: "b", count: 61))…",
        "  | \(String(repeating: " ", count: 33))^^^",
      ])
  }

  @Test func `a long line is cut at its end only when the span is at its start`() {
    let line = "key: " + String(repeating: "b", count: 200)
    #expect(
      carets(line, column: 1, length: 3) == [
        "1 | key: \(String(repeating: "b", count: 91))…", "  | ^^^",
      ])
  }

  @Test func `the line of a windows file has no carriage return`() {
    let file = SourceFile(path: "f", text: "a: 1\r\nb: 2\r\n")
    let location = SourceLocation(file: "f", line: 2, column: 1)
    #expect(
      Diagnostic(.emptyValue("`b`"), at: location).render(sources: [file])
        == "error: `b` is empty\n --> f:2:1\n  |\n2 | b: 2\n  | ^ give it a value, or take the key away"
    )
  }

  @Test func `a byte order mark is no part of the line`() {
    let file = SourceFile(path: "f", bytes: [0xEF, 0xBB, 0xBF] + Array("a: 1".utf8))
    let location = SourceLocation(file: "f", line: 1, column: 1)
    #expect(
      Diagnostic(.emptyValue("`a`"), at: location).render(sources: [file])
        == "error: `a` is empty\n --> f:1:1\n  |\n1 | a: 1\n  | ^ give it a value, or take the key away"
    )
  }

  @Test func `a place without its text is named alone`() {
    let location = SourceLocation(file: "f", line: 3, column: 1)
    #expect(
      Diagnostic(.badDuration("x"), at: location).render(sources: [])
        == """
        error: `x` is not a length of time
         --> f:3:1
          = write it as in `90s`, `5m`, `1h30m` or `500ms`
        """)
  }

  @Test func `a confidential line is never shown`() {
    let file = SourceFile(path: ".env", bytes: Array("A='secret\n".utf8), isConfidential: true)
    let (_, diagnostics) = DotEnvParser.parse(file)
    #expect(
      diagnostics.render(sources: [file])
        == "error: the quote is never closed\n --> .env:1:3\n  = close it, or write the value without quotes"
    )
  }

  @Test func `line numbers of all places are as wide as the widest`() {
    let text = (1...10).map { "l\($0)" }.joined(separator: "\n")
    let file = SourceFile(path: "f", text: text)
    let note = Diagnostic.Note(
      .definedHere("x"), at: SourceLocation(file: "f", line: 10, column: 1), length: 2)
    #expect(
      Diagnostic(
        .repeatedName("x"), at: SourceLocation(file: "f", line: 9, column: 2), notes: [note]
      ).render(sources: [file])
        == """
        error: `x` is in the list twice
          --> f:9:2
           |
         9 | l9
           |  ^ list it once
           = `x` is defined here
          --> f:10:1
        10 | l10
           | ^^
        """)
  }

  @Test(
    arguments: [
      (
        Diagnostic.Code.projectNotFound(from: "/a/b"),
        """
        error: no `stagecraft.yml` in `/a/b` or any folder above it
         = `stagecraft init` makes one
        """
      ),
      (.fileNotFound("x.yml"), "error: `x.yml` does not exist\n = create it, or correct the path"),
      (
        .unreadableFile("x.yml", reason: "Permission denied"),
        "error: `x.yml` cannot be read: Permission denied\n = see its owner and mode"
      ),
      (
        .composeFileNotFound(directory: "/a"),
        "error: no compose file in `/a`\n = name it with the key `compose`"
      ),
      (
        .unknownService("dbb", nearest: "db"),
        "error: service `dbb` is not in the compose file\n = did you mean `db`?"
      ),
      (
        .unknownEnvironment("prod", known: ["dev", "staging"], nearest: nil),
        "error: environment `prod` is not defined\n = one of `dev`, `staging`"
      ),
      (
        .unknownEnvironment("prod", known: [], nearest: nil),
        "error: environment `prod` is not defined\n = the project defines no environments"
      ),
      (
        .unknownEnvironment("stagin", known: ["staging"], nearest: "staging"),
        "error: environment `stagin` is not defined\n = did you mean `staging`?"
      ),
      (.badExpansion("${"), "error: `${` starts no variable\n = write `$$` for a dollar sign"),
      (
        .requiredVariable("A", message: ""),
        "error: variable `A` has no value\n = set it in the environment or in the env file"
      ),
      (
        .requiredVariable("A", message: "set it"),
        "error: variable `A` has no value: set it\n = set it in the environment or in the env file"
      ),
      (
        .badEnvironmentLine(.missingName),
        "error: the line has no variable name\n = lines are `NAME=value`"
      ),
      (
        .badEnvironmentLine(.badCharacter("+")),
        "error: `+` cannot stand in a variable name\n = lines are `NAME=value`"
      ),
      (
        .badEnvironmentLine(.spaceInName("A B")),
        "error: the name `A B` has a space in it\n = lines are `NAME=value`"
      ),
      (
        .badEnvironmentLine(.textAfterQuote),
        "error: text follows the closing quote\n = a comment starts with ` #`"
      ),
      (
        .badEnvironmentLine(.unterminatedQuote),
        "error: the quote is never closed\n = close it, or write the value without quotes"
      ),
      (
        .badEnvironmentLine(.notUTF8),
        "error: the bytes are not UTF-8 text\n = save the file as UTF-8"
      ),
      (
        .badEnvironmentLine(.zeroByte),
        "error: a zero byte cannot stand in a variable\n = take it out of the file"
      ),
      (.stated(id: "x", message: "one thing", hint: "do it"), "error: one thing\n = do it"),
      (
        .fileNotFound("a\u{1B}[2J\nb"),
        "error: `a\\u{1B}[2J\\nb` does not exist\n = create it, or correct the path"
      ),
    ])
  func `a code without a place has its sentence and its hint`(
    code: Diagnostic.Code, expected: String
  ) {
    #expect(Diagnostic(code).render(sources: []) == expected)
  }

  @Test func `an error carries diagnostics only when one is a fault`() {
    let warning = Diagnostic(.noEffectYet(section: "hosts", arrivesWith: "deploy"))
    #expect(ProjectError(faultsIn: [warning]) == nil)
    let fault = Diagnostic(.emptyFile)
    #expect(ProjectError(faultsIn: [warning, fault])?.diagnostics == [warning, fault])
  }
}
