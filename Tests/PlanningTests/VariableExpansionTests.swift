// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A table of templates and what they give; compared with Docker Compose 2.26 where both define it.

import Planning
import Testing

/// The expansion of variables.
@Suite struct VariableExpansionTests {
  private static let values = ["B": "bval", "E": "", "_x9": "under"]

  private func expand(_ text: String) throws(VariableExpansion.Failure) -> String {
    try VariableExpansion.expand(text) { Self.values[$0] }
  }

  @Test(
    arguments: [
      ("", ""), ("plain", "plain"), ("$B", "bval"), ("${B}", "bval"), ("x${B}y", "xbvaly"),
      ("$Bx", ""), ("$B-x", "bval-x"), ("$B$B", "bvalbval"), ("${_x9}", "under"), ("$_x9", "under"),
      ("$1", "$1"), ("$", "$"), ("a$", "a$"), ("$(B)", "$(B)"), ("$ B", "$ B"), ("$é", "$é"),
      ("$$", "$"), ("$$B", "$B"), ("$$$B", "$bval"), ("$$$$", "$$"), ("$${B}", "${B}"),
      ("${B:-d}", "bval"), ("${E:-d}", "d"), ("${N:-d}", "d"), ("${N:-}", ""),
      ("${B-d}", "bval"), ("${E-d}", ""), ("${N-d}", "d"), ("${N-}", ""),
      ("${B:+a}", "a"), ("${E:+a}", ""), ("${N:+a}", ""), ("${B+a}", "a"), ("${E+a}", "a"),
      ("${N+a}", ""), ("${B:?m}", "bval"), ("${E?m}", ""), ("${B?m}", "bval"),
      ("${N:-$B}", "bval"), ("${N:-${B}}", "bval"), ("${N:-${M:-deep}}", "deep"),
      ("${N:-${M:-${B}!}?}", "bval!?"), ("${N:-a}b}", "ab}"), ("${N:-a:-b}", "a:-b"),
      ("${N:-x-y?z+w}", "x-y?z+w"), ("${N:-{\"x\":1}}", "{\"x\":1}"), ("${N:-a$$b}", "a$b"),
      ("${N:-$}", "$"), ("${N:-a}${B}", "abval"), ("${N+${B}}", ""), ("a ${N} b", "a  b"),
      ("${N:-é}", "é"), ("${B:-${N:?x}}", "bval"),
    ])
  func `a template and its text`(text: String, expected: String) throws {
    let result = try expand(text)
    #expect(Array(result.utf8) == Array(expected.utf8))
  }

  @Test(
    arguments: [
      ("${", VariableExpansion.Failure.invalid("${")), ("${}", .invalid("${")),
      ("${1}", .invalid("${")), ("${B", .invalid("${")), ("${ B}", .invalid("${")),
      ("${B }", .invalid("${B")), ("${B!x}", .invalid("${B")), ("${B:x}", .invalid("${B")),
      ("${B:}", .invalid("${B")), ("${N:-${}", .invalid("${")), ("${N:-${}}", .invalid("${")),
      ("${E:?m}", .required(name: "E", message: "m")),
      ("${N?m x}", .required(name: "N", message: "m x")),
      ("${N:?}", .required(name: "N", message: "")),
      ("${N:?need ${B}}", .required(name: "N", message: "need bval")),
      ("${N?a:-b}", .required(name: "N", message: "a:-b")),
      ("a ${N:-${M:?deep}}", .required(name: "M", message: "deep")),
    ])
  func `a template that cannot be expanded`(text: String, failure: VariableExpansion.Failure) {
    #expect(throws: failure) { try expand(text) }
  }

  @Test func `a value is not expanded again`() throws {
    let result = try VariableExpansion.expand("$A") { _ in "$A ${B" }
    #expect(result == "$A ${B")
  }

  @Test(
    arguments: [
      ("$A ${B} ${C:-$D} ${E:?${F}}", ["A", "B", "C", "D", "E", "F"]), ("$$A $${B} $1 $", []),
      ("$$$A", ["A"]), ("$A$A", ["A"]), ("${A", ["A"]), ("x$_a9-b", ["_a9"]), ("${!A}", []),
    ])
  func `names are found also where the template is broken`(text: String, names: [String]) {
    #expect(VariableExpansion.names(in: Array(text.utf8)) == names)
  }
}
