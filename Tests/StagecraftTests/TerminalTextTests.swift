// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that text is measured as terminals show it and cannot steer them.

import Testing

@testable import stagecraft

struct TerminalTextTests {
  @Test(arguments: [
    ("plain", 5), ("日本", 4), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("✓", 1), ("", 0), ("한", 2),
  ])
  func `characters take the cells that terminals give them`(text: String, cells: Int) {
    #expect(TerminalText.width(text) == cells)
  }

  @Test(arguments: [
    ("\u{1B}[1;31mred\u{1B}[0m", "red"), ("\u{1B}]0;title\u{7}x", "x"),
    ("10%\r100%", "100%"), ("end\r", "end"), ("a\tb", "a b"), ("a\u{8}\u{0}b", "ab"),
    ("\u{1B}", ""), ("\u{1B}[", ""), ("grün", "grün"), ("\u{9B}31mx", "31mx"),
  ])
  func `nothing that steers a terminal is left`(text: String, kept: String) {
    #expect(TerminalText.sanitized(text) == kept)
  }

  @Test func `cut text is never wider than asked`() {
    let text = "ab日本語cd"
    for columns in 0...12 {
      #expect(TerminalText.width(TerminalText.truncated(text, to: columns)) <= columns)
    }
    #expect(TerminalText.truncated(text, to: 10) == text)
    #expect(TerminalText.truncated(text, to: 6) == "ab日…")
  }

  @Test func `colour follows the flag, then variables, then the terminal`() {
    func colored(_ flag: Bool?, _ isTerminal: Bool, _ variables: [String: String]) -> Bool {
      Style.decide(flag: flag, isTerminal: isTerminal) { variables[$0] }.isColored
    }
    #expect(colored(nil, true, [:]))
    #expect(!colored(nil, false, [:]))
    #expect(!colored(nil, true, ["NO_COLOR": "1"]))
    #expect(colored(nil, true, ["NO_COLOR": ""]))
    #expect(!colored(nil, true, ["STAGECRAFT_NO_COLOR": "1"]))
    #expect(!colored(nil, true, ["TERM": "dumb"]))
    #expect(!colored(false, true, [:]))
    #expect(colored(true, false, ["NO_COLOR": "1"]))
  }
}
