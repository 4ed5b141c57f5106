// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes a report in the Trace Event Format that Perfetto and chrome://tracing read: one row for each
// place in a pool, so that gaps show where a pool was not full. A pure function of the report.

/// Writes what ran when.
package enum ChromeTrace {
  /// The file's bytes.
  package static func render(_ report: RunReport) -> [UInt8] {
    let lanes = assignLanes(report.entries)
    var writer = JSONWriter(.pretty, reserving: report.entries.count * 200 + 256)
    writer.object { writer in
      writer.member("displayTimeUnit", "ms")
      writer.key("traceEvents")
      writer.array { writer in
        writer.line { writer in
          writer.metadata("process_name", lane: 0, value: "stagecraft \(report.goal)")
        }
        for (number, name) in lanes.names.enumerated() {
          writer.line { $0.metadata("thread_name", lane: number + 1, value: name) }
        }
        for (entry, lane) in zip(report.entries, lanes.numbers) {
          writer.line { $0.complete(entry, lane: lane) }
        }
      }
    }
    writer.endLine()
    return writer.takeBytes()
  }

  /// Puts each entry on the first row of its pool that is free when the entry begins.
  static func assignLanes(_ entries: [RunReport.Entry]) -> (numbers: [Int], names: [String]) {
    let order = entries.indices.sorted { left, right in
      let (first, second) = (entries[left], entries[right])
      if first.pool != second.pool { return first.pool < second.pool }
      if first.start != second.start { return first.start < second.start }
      return left < right
    }
    var numbers = [Int](repeating: 0, count: entries.count)
    var names: [String] = []
    var pool: String?
    /// When each row of the current pool becomes free.
    var free: [Int64] = []
    var base = 0
    for position in order {
      let entry = entries[position]
      if entry.pool != pool {
        pool = entry.pool
        base = names.count
        free = []
      }
      let row: Int
      if let found = free.firstIndex(where: { $0 <= entry.start }) {
        row = found
        free[row] = entry.end
      } else {
        row = free.count
        free.append(entry.end)
        names.append("\(entry.pool) \(row + 1)")
      }
      numbers[position] = base + row + 1
    }
    return (numbers, names)
  }
}

extension JSONWriter {
  fileprivate mutating func metadata(_ name: String, lane: Int, value: String) {
    object { writer in
      writer.member("name", name)
      writer.member("ph", "M")
      writer.member("pid", 1)
      writer.member("tid", lane)
      writer.key("args")
      writer.object { $0.member("name", value) }
    }
  }

  /// Times in this format are microseconds.
  fileprivate mutating func complete(_ entry: RunReport.Entry, lane: Int) {
    object { writer in
      writer.member("name", entry.id.text)
      writer.member("cat", entry.taskClass.rawValue)
      writer.member("ph", "X")
      writer.member("pid", 1)
      writer.member("tid", lane)
      writer.key("ts")
      writer.thousandths(entry.start)
      writer.key("dur")
      writer.thousandths(max(0, entry.end - entry.start))
      writer.key("args")
      writer.object { writer in
        writer.member("outcome", entry.outcome.word)
        writer.member("reason", ReasonFormat.text(entry.reason))
      }
    }
  }
}
