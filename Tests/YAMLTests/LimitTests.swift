// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts that ask for too much: each ends in an error, soon.

import Testing
import YAML

@Suite struct LimitTests {
  private func firstCode(_ text: String, _ limits: Limits = .default) -> YAMLError.Code? {
    YAMLReader.read(Array(text.utf8), limits: limits).faults.first?.code
  }

  @Test(.timeLimit(.minutes(1)))
  func `aliases of aliases of aliases end in an error within a second`() {
    var text = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let aliases = Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ")
      text += "l\(level): &l\(level) [\(aliases)]\n"
    }
    let clock = ContinuousClock()
    var code: YAMLError.Code?
    let duration = clock.measure { code = firstCode(text) }
    #expect(code == .aliasExpansion(limit: Limits.default.aliasExpansion))
    #expect(duration < .seconds(1))
  }

  @Test func `merges count as what they stand for`() {
    let text = "a: &a {b: 1, c: 2}\n" + (0..<10).map { "k\($0): {<<: *a}\n" }.joined()
    var limits = Limits.default
    limits.aliasExpansion = 30
    #expect(firstCode(text, limits) == nil)
    limits.aliasExpansion = 29
    #expect(firstCode(text, limits) == .aliasExpansion(limit: 29))
  }

  @Test(arguments: ["[", "{a: ", "- ", "[\n"])
  func `a hundred thousand levels are an error and no crash`(opening: String) {
    let text = String(repeating: opening, count: 100_000)
    #expect(firstCode(text) == .tooDeep(limit: 100))
  }

  @Test func `the allowed depth can be read and no more`() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(firstCode(nested(100)) == nil)
    #expect(firstCode(nested(101)) == .tooDeep(limit: 100))
  }

  @Test func `a chain of aliases cannot go deeper than brackets can`() {
    let deep = String(repeating: "[", count: 60) + "1" + String(repeating: "]", count: 60)
    #expect(firstCode("a: &a \(deep)\nb: [*a]\n") == nil)
    var text = "a: &a \(deep)\nb: "
    text += String(repeating: "[", count: 39) + "*a" + String(repeating: "]", count: 39)
    #expect(firstCode(text) == nil)
    text = "a: &a \(deep)\nb: "
    text += String(repeating: "[", count: 40) + "*a" + String(repeating: "]", count: 40)
    #expect(firstCode(text) == .tooDeep(limit: 100))
  }

  @Test func `the number of keys and values is limited`() {
    var limits = Limits.default
    limits.nodes = 5
    #expect(firstCode("[1, 2, 3, 4]", limits) == nil)
    #expect(firstCode("[1, 2, 3, 4, 5]", limits) == .tooManyNodes(limit: 5))
    #expect(firstCode("{a: 1, b: 2}", limits) == nil)
    #expect(firstCode("{a: 1, b: 2, c: 3}", limits) == .tooManyNodes(limit: 5))
  }

  @Test func `the size of a text is limited`() {
    var limits = Limits.default
    limits.bytes = 4
    #expect(firstCode("a: 1", limits) == nil)
    #expect(firstCode("a: 1\n", limits) == .tooLarge(limit: 4))
  }

  @Test func `a thousand sharers of one mapping are no bomb`() {
    let text = "d: &d {a: 1, b: [1, 2, 3]}\n" + (0..<1000).map { "t\($0): *d\n" }.joined()
    #expect(firstCode(text) == nil)
  }
}
