// SPDX-License-Identifier: AGPL-3.0-or-later
// Random values, written and read again: nothing may change. A failure names its seed.

import Testing
import YAML

@Suite struct RoundTripTests {
  @Test func `what is written is read again, and written the same`() throws {
    let base = UInt64.random(in: 0...UInt64.max)
    for round in 0..<6000 {
      let seed = base &+ UInt64(round)
      var generator = ValueGenerator(seed: seed)
      let value = generator.value(depth: 4)
      let written = YAMLWriter.bytes(value)
      let (node, faults) = YAMLReader.read(written)
      let text = String(decoding: written, as: UTF8.self)
      try #require(faults.isEmpty, "seed \(seed): \(faults) in\n\(text)")
      let again = YAMLValue(try #require(node, "seed \(seed)"))
      try #require(again == value, "seed \(seed): \(again) from\n\(text)")
      try #require(YAMLWriter.bytes(again) == written, "seed \(seed)")
    }
  }

  @Test func `every text of one or two difficult characters comes back`() throws {
    for first in ValueGenerator.pieces {
      for second in ValueGenerator.pieces + [""] {
        let text = first + second
        let value = YAMLValue.mapping([(text, .string(text)), ("\(text)2", [.string(text)])])
        let written = YAMLWriter.write(value)
        let node = try #require(try YAMLReader.parse(written))
        try #require(YAMLValue(node) == value, "\(text.debugDescription) in\n\(written)")
      }
    }
  }

  @Test func `what is read keeps its meaning when written`() throws {
    let text = """
      a: &a {x: 'yes', "y": ~, z: |
        1
        }
      """
    #expect(throws: YAMLError.self) { try YAMLReader.parse(text) }
    let good = "a: &a\n  x: 'yes'\n  y: ~\n  z: >\n    one\n    two\n\nb: [*a, True, 0o7, 1e3]\n"
    let node = try #require(try YAMLReader.parse(good))
    let again = try #require(try YAMLReader.parse(YAMLWriter.write(YAMLValue(node))))
    #expect(node.isEquivalent(to: again))
  }
}
