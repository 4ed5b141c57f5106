// SPDX-License-Identifier: AGPL-3.0-or-later
// Anchors, aliases and merge keys.

import Testing
import YAML

@Suite struct AliasTests {
  @Test func `an alias stands for the value at its anchor`() throws {
    let root = try #require(
      try YAMLReader.parse("a: &x [1, 2]\nb: *x\nc: &y text\nd: *y\n*y : key\n"))
    #expect(root["b"]?.sequence?.map(\.int) == [1, 2])
    #expect(root["b"]?.start.line == 1)
    #expect(root["d"]?.string == "text")
    #expect(root["text"]?.string == "key")
    #expect(root.mapping?.entry("text")?.keyMark == Mark(line: 5, column: 1, offset: 36))
  }

  @Test func `the nearest anchor of a name counts`() throws {
    let root = try #require(try YAMLReader.parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n"))
    #expect(root["b"]?.int == 1)
    #expect(root["d"]?.int == 2)
  }

  @Test func `own keys win over merged ones, wherever they stand`() throws {
    let text = """
      base: &base {image: node, port: 80, tag: a}
      web:
        tag: b
        <<: *base
        port: 8080
      """
    let root = try #require(try YAMLReader.parse(text))
    let web = try #require(root["web"]?.mapping)
    #expect(web.keys == ["tag", "image", "port"])
    #expect(web["image"]?.string == "node")
    #expect(web["port"]?.int == 8080)
    #expect(web["tag"]?.string == "b")
    #expect(web.entry("image")?.keyMark.line == 1)
    #expect(web.entry("port")?.keyMark.line == 5)
  }

  @Test func `of several merged mappings the earlier wins`() throws {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b, {z: 3, w: 3}], v: 0}\n"
    let merged = try #require(try YAMLReader.parse(text)?["c"]?.mapping)
    #expect(merged.keys == ["x", "y", "z", "w", "v"])
    #expect(merged.entries.map(\.value.int) == [1, 1, 2, 3, 0])
  }

  @Test func `a merged mapping may itself have merged`() throws {
    let text = "a: &a {x: 1}\nb: &b\n  <<: *a\n  y: 2\nc:\n  <<: *b\n  z: 3\n"
    let merged = try #require(try YAMLReader.parse(text)?["c"]?.mapping)
    #expect(merged.entries.map(\.value.int) == [1, 2, 3])
  }

  @Test func `a large mapping finds merged keys`() throws {
    let base = (0..<50).map { "  k\($0): \($0)\n" }.joined()
    let own = (25..<75).map { "  k\($0): own\n" }.joined()
    let root = try #require(try YAMLReader.parse("a: &a\n\(base)b:\n  <<: *a\n\(own)"))
    #expect(root["b"]?.mapping?.count == 75)
    #expect(root["b"]?["k24"]?.int == 24)
    #expect(root["b"]?["k25"]?.string == "own")
    #expect(root["b"]?["k74"]?.string == "own")
  }

  @Test func `a quoted merge key is an ordinary key`() throws {
    let root = try #require(try YAMLReader.parse("\"<<\": 1\na: 2\n"))
    #expect(root["<<"]?.int == 1)
  }

  @Test(arguments: [
    ("<<: 1", 5), ("<<: [{a: 1}, text]", 14), ("<<:", 4), ("a: &a [1]\n<<: *a", 8),
  ])
  func `only mappings can be merged`(text: String, column: Int) {
    let (_, faults) = YAMLReader.read(Array(text.utf8))
    #expect(faults.map(\.code) == [.mergeOfNonMapping])
    #expect(faults.first?.mark.column == column)
  }

  @Test func `a second merge key is a repeated key`() {
    let (_, faults) = YAMLReader.read(Array("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n".utf8))
    #expect(
      faults.map(\.code) == [.duplicateKey("<<", first: Mark(line: 3, column: 3, offset: 18))])
  }

  @Test func `an alias inside its own value is refused`() {
    let (_, faults) = YAMLReader.read(Array("a: &a\n  b: *a\n".utf8))
    #expect(faults.map(\.code) == [.recursiveAlias("a")])
  }

  @Test func `all unknown aliases are reported`() {
    let text = "a: *one\nb: [*two]\n<<: *three\n*four : 1\nc: 1\nc: 2\n"
    let (node, faults) = YAMLReader.read(Array(text.utf8))
    #expect(
      faults.map(\.code) == [
        .unknownAlias("one"), .unknownAlias("two"), .unknownAlias("three"), .unknownAlias("four"),
        .duplicateKey("c", first: Mark(line: 5, column: 1, offset: 39)),
      ])
    #expect(node?["a"]?.isNull == true)
    #expect(node?["c"]?.int == 1)
  }
}
