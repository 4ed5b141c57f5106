// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The lines that one task wrote, kept up to a limit. Written by the readers of a child's streams, so
// it is shared.

import Cache
import Synchronization

/// The lines of one task's log, newest kept when there are too many.
package final class LineBuffer: Sendable {
  private struct State {
    var lines: [(text: String, stream: OutputStream)] = []
    var bytes = 0
    var first = 0
    var dropped = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  /// Keeps at most `limit` bytes.
  package init(limit: Int = 4 << 20) { self.limit = limit }

  /// Adds a line.
  package func append(_ line: String, _ stream: OutputStream) {
    state.withLock { state in
      state.lines.append((line, stream))
      state.bytes += line.utf8.count + 1
      while state.bytes > limit, state.first < state.lines.count - 1 {
        state.bytes -= state.lines[state.first].text.utf8.count + 1
        state.lines[state.first].text = ""
        state.first += 1
        state.dropped += 1
      }
    }
  }

  /// How many lines were given up for newer ones.
  package var dropped: Int { state.withLock { $0.dropped } }

  /// The last `count` lines.
  package func tail(_ count: Int) -> [String] {
    state.withLock { state in
      state.lines[state.first...].suffix(count).map(\.text)
    }
  }

  /// All kept lines, each ended by a newline.
  package var text: String {
    state.withLock { state in
      var text = ""
      text.reserveCapacity(state.bytes)
      for line in state.lines[state.first...] {
        text += line.text
        text += "\n"
      }
      return text
    }
  }

  /// The kept lines as they are stored with a result: `o` or `e`, the line, a newline.
  package var stored: [UInt8] {
    state.withLock { state in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(state.bytes * 2)
      for line in state.lines[state.first...] {
        bytes.append(line.stream == .output ? 0x6F : 0x65)
        bytes.append(contentsOf: line.text.utf8)
        bytes.append(0x0A)
      }
      return bytes
    }
  }

  /// Reads what ``stored`` gave.
  package static func lines(stored bytes: [UInt8]) -> [(line: String, stream: OutputStream)] {
    bytes.split(separator: 0x0A, omittingEmptySubsequences: true).map { line in
      (
        String(decoding: line.dropFirst(), as: UTF8.self),
        line.first == 0x65 ? OutputStream.error : .output
      )
    }
  }
}
