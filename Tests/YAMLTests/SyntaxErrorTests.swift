// SPDX-License-Identifier: AGPL-3.0-or-later
// Typical mistakes: each is reported in plain words at the place where it was made.

import Testing
import YAML

@Suite struct SyntaxErrorTests {
  private static let tab = "a tab cannot indent a line; use spaces"
  private static let colon =
    "a `:` cannot stand here: wrong indentation, or a text with `: ` that needs quotes"
  private static let discontinued =
    "this does not continue the mapping: wrong indentation, or text after a closing quote"

  static let mistakes: [(text: String, expected: String)] = [
    ("a:\n\tb: 1\n", "2:1: \(tab)"),
    ("a:\n  - x\n\t- y\n", "3:1: \(tab)"),
    ("a: |\n\tb\n", "2:1: \(tab)"),
    ("a: \"open\nb: 1\n", "1:4: this quote is never closed"),
    ("'a\n", "1:1: this quote is never closed"),
    ("a: 'it's'\n", "1:8: \(discontinued)"),
    ("a: 1\nb\nc: 2\n", "2:1: this line is no `key: value`; a `:` is missing"),
    ("a:\n  b: 1\n c: 2\n", "3:2: \(discontinued)"),
    ("a: 1\n  b: 2\n", "2:4: \(colon)"),
    ("a: b: c\n", "1:5: \(colon)"),
    ("a: [1, 2\nb: 3\n", "1:4: this list is not closed: expected `,` or `]` before line 2"),
    ("a: {x: 1\nb: 3\n", "1:4: this mapping is not closed: expected `,` or `}` before line 2"),
    ("{\"a\" 1}\n", "1:6: expected `,` or `}` here"),
    ("[\"a\" \"b\"]\n", "1:6: expected `,` or `]` here"),
    ("a: [\n", "2:1: the file ends inside a list or mapping: `]` or `}` is missing"),
    ("b: ]\n", "1:4: a value is missing here"),
    ("a: @x\n", "1:4: a text that begins with `@` must stand in quotes"),
    ("a: `x`\n", "1:4: a text that begins with a backtick must stand in quotes"),
    ("a: %x\n", "1:4: a text that begins with `%` must stand in quotes"),
    ("a: *nope\n", "1:4: no anchor `&nope` stands above alias `*nope`"),
    ("a: &a [*a]\n", "1:8: alias `*a` stands inside the value that it names"),
    (
      "a: \"\\d\"\n",
      "1:5: unknown escape after `\\` in double quotes; write `\\\\` or use single quotes"
    ),
    (
      "a:\n  - 1\n  b: 2\n",
      "3:3: expected `-` for the next element of the list, or another indentation"
    ),
    ("a:\n  b: 1\n  - 2\n", "3:3: a list element stands where a key of the mapping belongs"),
    ("a: \"x\" y\n", "1:8: \(discontinued)"),
    ("a: - b\n", "1:4: a list element cannot begin here: put `-` on a line of its own"),
    ("a: |x\n  b\n", "1:5: expected the end of the line or a comment"),
    ("a: !e!x 1\n", "1:4: this tag uses a prefix that no `%TAG` line defines"),
    (": 1\n", "1:1: expected a key followed by `:`"),
    ("{: 1}\n", "1:2: a key is missing before `:`"),
    ("? [a]\n: 1\n", "1:3: a key must be a text, not a list or a mapping"),
    ("{a: 1, [b]: 2}\n", "1:8: a key must be a text, not a list or a mapping"),
    ("{a: 1}}\n", "1:7: expected the end of the file: the value before is complete"),
    ("a: 1\na: 2\n", "2:1: key `a` is already set in line 1"),
    ("<<: 1\n", "1:5: `<<` takes a mapping or a list of mappings"),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named where it was made`(text: String, expected: String) {
    #expect(throws: YAMLError.self) { try YAMLReader.parse(text) }
    #expect(YAMLReader.read(Array(text.utf8)).faults.map(\.description) == [expected])
  }

  @Test func `places after letters of several bytes are right`() {
    let fault = YAMLReader.read(Array("é: ü\nä: \"ö\" ß\n".utf8)).faults.first
    #expect(fault?.mark == Mark(line: 2, column: 8, offset: 16))
  }

  @Test func `faults before a syntax error are kept, in the order of the text`() {
    let faults = YAMLReader.read(Array("x:\n  a: 1\n  a: *n\ny: [\n".utf8)).faults
    #expect(faults.map(\.mark.line) == [3, 3, 5])
    let isDuplicate = if case .duplicateKey = faults.first?.code { true } else { false }
    #expect(isDuplicate)
  }

  @Test func `the first fault is thrown`() {
    #expect(
      throws: YAMLError(.unknownAlias("x"), at: Mark(line: 1, column: 4, offset: 3))
    ) { try YAMLReader.parse("a: *x\nb: *y\n") }
  }
}
