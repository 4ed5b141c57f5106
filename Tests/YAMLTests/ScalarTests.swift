// SPDX-License-Identifier: AGPL-3.0-or-later
// What scalars mean by the core schema, and how tags and quotes change it.

import Testing
import YAML

@Suite struct ScalarTests {
  private func node(_ text: String) throws -> Node {
    try #require(try YAMLReader.parse("- \(text)\n")?.sequence?.first)
  }

  @Test(arguments: [
    ("0", 0), ("-1", -1), ("+12", 12), ("007", 7), ("0440", 440), ("0o17", 15), ("0x1F", 31),
    ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
  ])
  func `integers are read`(text: String, value: Int) throws {
    let node = try node(text)
    #expect(node.int == value)
    #expect(node.double == Double(value))
    #expect(node.string == text)
    #expect(node.bool == nil)
    #expect(!node.isNull)
    #expect(node.words == "a number")
  }

  @Test(arguments: [
    ("1.5", 1.5), ("-.5", -0.5), ("1.", 1), ("1e3", 1000), ("+2.5E-1", 0.25), (".inf", .infinity),
    ("-.INF", -.infinity), ("+.Inf", .infinity),
  ])
  func `fractions are read`(text: String, value: Double) throws {
    let node = try node(text)
    #expect(node.double == value)
    #expect(node.int == nil)
  }

  @Test func `an integer beyond 64 bits is a number without an exact value`() throws {
    let node = try node("123456789012345678901234567890")
    #expect(node.int == nil)
    #expect(node.double == 1.2345678901234568e29)
  }

  @Test func `not a number is a number`() throws {
    #expect(try node(".nan").double?.isNaN == true)
    #expect(try node("-.nan").double == nil)
  }

  @Test(arguments: [
    "yes", "no", "on", "off", "y", "tRUE", "1_000", "12:34", "0b11", "0o8", "0x", "0xg", "+", "-",
    ".", "1e", "e3", "--1", "+-1", "1.2.3", "-0x1F", "+0o7", "nULL", "2020-01-01", "1 2", "٣",
  ])
  func `everything else is a text`(text: String) throws {
    let node = try node("\(text)")
    let plain = text == "-" ? nil : node.string
    guard let plain else { return }
    #expect(plain == text)
    #expect(node.int == nil && node.double == nil && node.bool == nil && !node.isNull)
    #expect(node.words == "a text")
  }

  @Test(arguments: ["true", "True", "TRUE"]) func `true is read`(text: String) throws {
    #expect(try node(text).bool == true)
    #expect(try node(text).words == "true or false")
  }

  @Test(arguments: ["false", "False", "FALSE"]) func `false is read`(text: String) throws {
    #expect(try node(text).bool == false)
  }

  @Test(arguments: ["null", "Null", "NULL", "~", ""]) func `null is read`(text: String) throws {
    #expect(try node(text).isNull)
    #expect(try node(text).words == "nothing")
  }

  @Test(arguments: ["1", "true", "null", "~", "", "1.5"])
  func `what is quoted is a text`(text: String) throws {
    for quoted in ["\"\(text)\"", "'\(text)'"] {
      let node = try node(quoted)
      #expect(node.string == text)
      #expect(node.int == nil && node.double == nil && node.bool == nil && !node.isNull)
    }
  }

  @Test func `a tag of yaml decides over quotes`() throws {
    #expect(try node("!!str 12").int == nil)
    #expect(try node("! 12").int == nil)
    #expect(try node("!!int \"12\"").int == 12)
    #expect(try node("!!float 12").double == 12)
    #expect(try node("!!float 12").int == nil)
    #expect(try node("!!null ''").isNull)
    #expect(try node("!!str 12").tag == "!!str")
  }

  @Test func `an own tag is kept and changes nothing`() throws {
    #expect(try node("!reset null").tag == "!reset")
    #expect(try node("!reset null").isNull)
    #expect(try node("!override [1]").tag == "!override")
    #expect(try node("!override [1]").sequence?.count == 1)
    #expect(try node("!override {a: 1}").tag == "!override")
    #expect(try node("1").tag == nil)
    #expect(try node("\"1\"").tag == nil)
  }

  @Test func `styles are told apart`() throws {
    let text = "- a\n- 'a'\n- \"a\"\n- |\n  a\n- >\n  a\n"
    let nodes = try #require(try YAMLReader.parse(text)?.sequence)
    #expect(
      nodes.map(\.scalar?.style) == [.plain, .singleQuoted, .doubleQuoted, .literal, .folded])
  }

  @Test func `lists and mappings have no text`() throws {
    let list = try node("[a]")
    #expect(list.string == nil && list.mapping == nil && list.scalar == nil && !list.isNull)
    #expect(list.words == "a list")
    let mapping = try node("{a: b}")
    #expect(mapping.sequence == nil && mapping.string == nil)
    #expect(mapping.words == "a mapping")
    #expect(Node.Kind.allCases.map(\.words) == ["a text", "a list", "a mapping"])
  }

  @Test(arguments: [
    ("{a: 1, b: [x, 'y']}", "b:\n- x\n- y\na: 0x1\n", true), ("1", "'1'", false),
    ("1", "1.0", false), ("[1, 2]", "[2, 1]", false), ("{a: 1}", "{a: 1, b: 2}", false),
    (".nan", ".NaN", true), ("!x 1", "1", false), ("~", "null", true), ("{a: 1}", "{b: 1}", false),
    ("caf\u{e9}", "cafe\u{301}", false), ("[]", "{}", false),
  ])
  func `nodes are equivalent if they say the same`(one: String, two: String, same: Bool) throws {
    let left = try #require(try YAMLReader.parse(one))
    let right = try #require(try YAMLReader.parse(two))
    #expect(left.isEquivalent(to: right) == same)
    #expect(right.isEquivalent(to: left) == same)
  }
}
