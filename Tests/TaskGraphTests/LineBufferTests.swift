// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that the lines of a task are kept, up to the limit, and read back as they were.

import TaskGraph
import TestSupport
import Testing

struct LineBufferTests {
  @Test func `lines are read back with their streams`() {
    let buffer = LineBuffer()
    buffer.append("one", .output)
    buffer.append("", .error)
    buffer.append("ö→", .error)
    let lines = LineBuffer.lines(stored: buffer.stored)
    #expect(lines.map(\.line) == ["one", "", "ö→"])
    #expect(lines.map(\.stream) == [.output, .error, .error])
    #expect(buffer.text == "one\n\nö→\n")
    #expect(LineBuffer.lines(stored: []).isEmpty)
  }

  @Test func `the newest lines are kept within the limit`() {
    let buffer = LineBuffer(limit: 12)
    for number in 0..<100 { buffer.append("line \(number)", .output) }
    #expect(buffer.tail(5) == ["line 99"])
    #expect(buffer.text == "line 99\n")
  }

  @Test func `one line longer than the limit is kept whole`() {
    let buffer = LineBuffer(limit: 4)
    buffer.append("a", .output)
    buffer.append("much too long", .output)
    #expect(buffer.tail(9) == ["much too long"])
  }

  @Test func `the tail is the end`() {
    let buffer = LineBuffer()
    for number in 0..<5 { buffer.append("\(number)", .output) }
    #expect(buffer.tail(2) == ["3", "4"])
    #expect(buffer.tail(9).count == 5)
    #expect(buffer.tail(0).isEmpty)
  }

  @Test func `lines from many tasks at once are all kept`() async {
    let buffer = LineBuffer()
    await withTaskGroup(of: Void.self) { group in
      for lane in 0..<8 {
        group.addTask { for number in 0..<200 { buffer.append("\(lane) \(number)", .output) } }
      }
    }
    let lines = LineBuffer.lines(stored: buffer.stored).map(\.line)
    #expect(Set(lines).count == 1600)
    for lane in 0..<8 {
      let own = lines.filter { $0.hasPrefix("\(lane) ") }
      #expect(own == (0..<200).map { "\(lane) \($0)" })
    }
  }
}
