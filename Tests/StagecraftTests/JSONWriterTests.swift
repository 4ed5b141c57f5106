// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that JSON is escaped and laid out exactly, and that other programs can read it.

import Foundation
import Testing

@testable import TaskGraph

struct JSONWriterTests {
  private func text(_ style: JSONWriter.Style, _ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter(style)
    body(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `every character that JSON forbids in a text is escaped`() throws {
    let all = (0...0x7F).compactMap { Unicode.Scalar($0) } + ["ä", "\u{2028}", "🙂"]
    var value = ""
    for scalar in all { value.unicodeScalars.append(scalar) }
    let json = text(.compact) { $0.array { $0.string(value) } }
    let read = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String])
    #expect(read == [value])
    #expect(json.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
  }

  @Test func `short escapes are used where JSON has them`() {
    #expect(text(.compact) { $0.string("\"\\\u{8}\u{C}\n\r\t\u{1}") } == #""\"\\\b\f\n\r\t\u0001""#)
  }

  @Test func `pretty text has one member a line and two spaces a level`() {
    let json = text(.pretty) { writer in
      writer.object { writer in
        writer.member("a", 1)
        writer.key("b")
        writer.array { writer in
          writer.bool(true)
          writer.null()
          writer.line { $0.object { $0.member("c", "x") } }
        }
        writer.key("empty")
        writer.object { _ in }
        writer.member("none", list: [])
      }
    }
    #expect(
      json == """
        {
          "a": 1,
          "b": [
            true,
            null,
            {"c":"x"}
          ],
          "empty": {},
          "none": []
        }
        """)
  }

  @Test(
    arguments: [
      (0, "0"), (1500, "1.5"), (1, "0.001"), (-2050, "-2.05"), (12_000, "12"), (Int64.min, nil),
    ] as [(Int64, String?)])
  func `thousandths are written as decimals`(value: Int64, expected: String?) {
    let json = text(.compact) { $0.thousandths(value) }
    #expect(json == expected ?? "-9223372036854775.808")
  }

  @Test func `pieces put together are the same bytes as the whole`() {
    var plan: [PlanEntry] = []
    for number in 0..<9000 {
      plan.append(Samples.entry("task-\(number)", .run, .neverRan, inputs: ["a", "b"]))
    }
    var pieces: [[UInt8]] = []
    JSONGraph.write(plan, goal: "build") { pieces.append($0) }
    #expect(pieces.count > 1)
    #expect(Array(pieces.joined()) == JSONGraph.render(plan, goal: "build"))
  }
}
