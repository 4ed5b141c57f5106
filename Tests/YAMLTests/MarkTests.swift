// SPDX-License-Identifier: AGPL-3.0-or-later
// Places of keys and values: lines, columns in characters, offsets in bytes.

import Testing
import YAML

@Suite struct MarkTests {
  private func at(_ line: Int, _ column: Int, _ offset: Int) -> Mark {
    Mark(line: line, column: column, offset: offset)
  }

  @Test func `keys and values know where they begin and end`() throws {
    let root = try #require(
      try YAMLReader.parse("a: 1\nlist:\n  - x\n  - \"y z\"\n\n\nb: {c: 2}\n"))
    let mapping = try #require(root.mapping)
    #expect(mapping.entry("a")?.keyMark == at(1, 1, 0))
    #expect(mapping.entry("a")?.keyEnd == at(1, 2, 1))
    #expect(mapping["a"]?.start == at(1, 4, 3))
    #expect(mapping["a"]?.end == at(1, 5, 4))
    let list = try #require(mapping["list"]?.sequence)
    #expect(list.map(\.start) == [at(3, 5, 15), at(4, 5, 21)])
    #expect(list.last?.end == at(4, 10, 26))
    #expect(mapping["list"]?.end == at(4, 10, 26))
    #expect(mapping["b"]?.start == at(7, 4, 32))
    #expect(mapping["b"]?.end == at(7, 10, 38))
    #expect(mapping["b"]?.mapping?.entry("c")?.keyMark == at(7, 5, 33))
    #expect(root.end == at(7, 10, 38))
  }

  @Test func `columns count characters and offsets count bytes`() throws {
    let root = try #require(try YAMLReader.parse("é: [ü, 😀, z]\nd: ß # ö\ne: f\n"))
    let list = try #require(root["é"]?.sequence)
    #expect(list.map(\.start) == [at(1, 5, 5), at(1, 8, 9), at(1, 11, 15)])
    #expect(root["d"]?.start == at(2, 4, 21))
    #expect(root["d"]?.end == at(2, 5, 23))
    #expect(root.mapping?.entry("e")?.keyMark == at(3, 1, 29))
    #expect(root.start == at(1, 1, 0))
  }

  @Test func `a tab counts as one column`() throws {
    let root = try #require(try YAMLReader.parse("a:\t1\nb: [\t2,\t3]\n"))
    #expect(root["a"]?.start == at(1, 4, 3))
    #expect(root["b"]?.sequence?.map(\.start) == [at(2, 6, 10), at(2, 9, 13)])
  }

  @Test func `lines may end with carriage return and line feed`() throws {
    let root = try #require(try YAMLReader.parse("a: 1\r\nb:\r\n  c: 2\r\nt: |\r\n  x\r\n  y\r\n"))
    #expect(root["b"]?["c"]?.start == at(3, 6, 15))
    #expect(root.mapping?.entry("t")?.keyMark == at(4, 1, 18))
    #expect(root["t"]?.string == "x\ny\n")
  }

  @Test func `a byte order mark is no character of the first line`() throws {
    let root = try #require(try YAMLReader.parse([0xEF, 0xBB, 0xBF] + Array("a: 1\n".utf8)))
    #expect(root.mapping?.entry("a")?.keyMark == at(1, 1, 3))
    #expect(root["a"]?.start == at(1, 4, 6))
  }

  @Test func `an empty value stands after its colon`() throws {
    let root = try #require(try YAMLReader.parse("a:\nb: 1\n"))
    #expect(root["a"]?.start == at(1, 3, 2))
    #expect(root["a"]?.isNull == true)
  }

  @Test func `a mark names line and column`() {
    #expect(String(describing: at(3, 7, 99)) == "3:7")
    #expect(at(1, 9, 8) < at(2, 1, 10))
  }
}
