// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Secret values in what programs print.

import TaskGraph
import Testing

@Suite struct RedactionTests {
  private let redaction = Redaction([
    "TOKEN": "token-with-more", "PART": "token-with", "PEM": "-----BEGIN-----\nabcdefg\n",
    "SHORT": "yes", "LETTERS": "grüße",
  ])

  @Test(arguments: [
    ("login token-with-more ok", "login [TOKEN] ok"),
    ("token-with-token-with-more", "[PART]-[TOKEN]"),
    ("key: abcdefg", "key: [PEM]"), ("oh yes", "oh yes"), ("viele grüße!", "viele [LETTERS]!"),
    ("nothing here", "nothing here"), ("", ""),
  ])
  func `a value is hidden where it stands byte for byte`(line: String, shown: String) {
    #expect(redaction(line) == shown)
  }

  @Test func `an error shows no value in any of its parts`() {
    let error = TaskError(
      .exited(1), "it said token-with-more", hint: "try token-with", command: "run abcdefg",
      logTail: ["grüße"])
    let shown = redaction(error)
    #expect(shown.message == "it said [TOKEN]")
    #expect(shown.hint == "try [PART]")
    #expect(shown.command == "run [PEM]")
    #expect(shown.logTail == ["[LETTERS]"])
    #expect(shown.code == .exited(1))
  }
}
