// SPDX-License-Identifier: AGPL-3.0-or-later
// Whole texts: empty ones, several documents, encodings, and JSON.

import Testing
import YAML

@Suite struct DocumentTests {
  private func firstFault(_ bytes: [UInt8]) -> YAMLError? { YAMLReader.read(bytes).faults.first }

  @Test(arguments: [
    "", "\n\n", "# only a comment\n", "---\n", "--- # nothing\n...\n", "%YAML 1.2\n---\n",
  ])
  func `a text without a value is nil`(text: String) throws {
    #expect(try YAMLReader.parse(text) == nil)
  }

  @Test(arguments: ["~", "null", "''", "--- \"\"\n", "{}", "[]"])
  func `a text with an empty value is not nil`(text: String) throws {
    #expect(try YAMLReader.parse(text) != nil)
  }

  @Test func `document markers around one value are accepted`() throws {
    #expect(try YAMLReader.parse("%YAML 1.2\n---\na: 1\n...\n")?["a"]?.int == 1)
  }

  @Test(arguments: [("a: 1\n---\nb: 2\n", 2), ("---\n---\n", 2), ("a\n...\n---\nb: *x", 3)])
  func `a second document is refused where it begins`(text: String, line: Int) {
    let fault = firstFault(Array(text.utf8))
    #expect(fault?.code == .severalDocuments)
    #expect(fault?.mark.line == line)
  }

  @Test func `bytes that are not UTF-8 are refused with their place`() {
    let text = Array("a: é\nb: x".utf8) + [0xFF] + Array("\n".utf8)
    #expect(firstFault(text) == YAMLError(.invalidUTF8, at: Mark(line: 2, column: 5, offset: 10)))
    #expect(firstFault(Array("a: ".utf8) + [0xC3])?.code == .invalidUTF8)
    #expect(firstFault(Array("a: ".utf8) + [0xED, 0xA0, 0x80])?.code == .invalidUTF8)
  }

  @Test func `control characters are refused with their place`() {
    let fault = firstFault(Array("a: 1\nb: \u{1}\n".utf8))
    #expect(fault?.code == .invalidCharacter(1))
    #expect(fault?.mark == Mark(line: 2, column: 4, offset: 8))
    #expect(
      fault?.message == "character U+0001 must be written as an escape in double quotes")
  }

  @Test(arguments: [[0xFF, 0xFE, 0x61, 0], [0xFE, 0xFF, 0, 0x61], [0, 0, 0xFE, 0xFF]])
  func `UTF-16 and UTF-32 are refused`(bytes: [UInt8]) {
    #expect(firstFault(bytes)?.code == .unsupportedEncoding)
  }

  @Test func `JSON is read as YAML`() throws {
    let text = """
      {"a":[1,-2.5e3,true,null,"x\\n\\u00e9\\/\\\\"],"b":{"c":{}},
      \t"d" : [ ],"e":"http://h:1/p?q=#x","":"empty"}
      """
    let root = try #require(try YAMLReader.parse(text))
    let list = try #require(root["a"]?.sequence)
    #expect(list[0].int == 1)
    #expect(list[1].double == -2500)
    #expect(list[2].bool == true)
    #expect(list[3].isNull)
    #expect(list[4].string == "x\né/\\")
    #expect(root["b"]?["c"]?.mapping?.isEmpty == true)
    #expect(root["d"]?.sequence?.isEmpty == true)
    #expect(root["e"]?.string == "http://h:1/p?q=#x")
    #expect(root[""]?.string == "empty")
  }

  @Test func `a surrogate pair in JSON is refused`() {
    let fault = firstFault(Array("[\"\\ud83d\\ude00\"]".utf8))
    #expect(fault?.code == .syntax("this escape is no Unicode character"))
    #expect(fault?.mark.line == 1)
  }

  @Test func `a long text in JSON is read`() throws {
    let long = String(repeating: "x", count: 100_000)
    #expect(try YAMLReader.parse("{\"a\":\"\(long)\",\"b\":1}")?["a"]?.string == long)
  }
}
