// SPDX-License-Identifier: AGPL-3.0-or-later
// Keys of mappings: order, look-up in small and large ones, and repeated keys.

import Testing
import YAML

@Suite struct MappingTests {
  @Test func `entries stand in the order of the file`() throws {
    let node = try YAMLReader.parse("b: 1\na: 2\nc: 3\n")
    #expect(node?.mapping?.keys == ["b", "a", "c"])
  }

  @Test func `every key of a large mapping is found and no other`() throws {
    let text = (0..<10_000).map { "key number \($0): \($0)\n" }.joined()
    let mapping = try #require(try YAMLReader.parse(text)?.mapping)
    #expect(mapping.count == 10_000)
    for number in 0..<10_000 {
      #expect(mapping["key number \(number)"]?.int == number)
    }
    #expect(mapping["key number 10000"] == nil)
    #expect(mapping[""] == nil)
  }

  @Test func `two spellings of one accented letter are two keys`() throws {
    let few = try #require(try YAMLReader.parse("caf\u{e9}: 1\ncafe\u{301}: 2\n"))
    #expect(few["caf\u{e9}"]?.int == 1)
    #expect(few["cafe\u{301}"]?.int == 2)
    let filler = (0..<20).map { "k\($0): 0\n" }.joined()
    let many = try #require(try YAMLReader.parse("caf\u{e9}: 1\n\(filler)cafe\u{301}: 2\n"))
    #expect(many["caf\u{e9}"]?.int == 1)
    #expect(many["cafe\u{301}"]?.int == 2)
  }

  @Test(arguments: [2, 40])
  func `each repeated key is refused with the place of the first`(size: Int) {
    let filler = (0..<size).map { "k\($0): 0\n" }.joined()
    let (node, faults) = YAMLReader.read(Array("a: 1\n\(filler)\"a\": 2\nk1: 3\n'a': 4\n".utf8))
    let first = Mark(line: 1, column: 1, offset: 0)
    #expect(
      faults.map(\.code) == [
        .duplicateKey("a", first: first),
        .duplicateKey("k1", first: Mark(line: 3, column: 1, offset: 11)),
        .duplicateKey("a", first: first),
      ])
    #expect(faults.map(\.mark.line) == [size + 2, size + 3, size + 4])
    #expect(faults.first?.message == "key `a` is already set in line 1")
    #expect(node?["a"]?.int == 1)
    #expect(node?["k1"]?.int == 0)
    #expect(node?.mapping?.count == size + 1)
  }

  @Test func `repeated keys are found in nested and flow mappings`() {
    let (_, faults) = YAMLReader.read(Array("x: {a: 1, a: 2}\ny:\n  - b: 1\n    b: 2\n".utf8))
    #expect(faults.map(\.mark.line) == [1, 4])
  }
}
