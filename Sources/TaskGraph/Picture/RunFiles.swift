// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The files of a run as they are read back. Tolerant: members that a later or an earlier version does
// not have are nil, lines that were cut short are left out. Knows what files say, not what it means.

package import Cache
import FoundationEssentials
package import SystemPackage

/// What the folder of a run holds.
package struct RunFiles: Sendable {
  /// `plan.json`: what was planned.
  struct Plan: Decodable, Sendable {
    struct Item: Decodable, Sendable {
      let id: String
      let kind: String?
      let `class`: String?
      let phase: String?
      let host: String?
      let service: String?
      let pool: String?
      let status: String?
      let reason: Reason?
      let dependsOn: [String]?
      let inputs: [String]?
      let expected_ms: Int64?
    }
    struct Reason: Decodable, Sendable {
      let code: String?
      let text: String?
      let changes: [Change]?
    }
    struct Change: Decodable, Sendable {
      let kind: String
      let name: String
      let old: String?
      let new: String?
    }
    let goal: String?
    let environment: String?
    let tasks: [Item]
  }

  /// `summary.json`: what the run came to.
  struct Summary: Decodable, Sendable {
    struct Item: Decodable, Sendable {
      let id: String
      let `class`: String?
      let phase: String?
      let host: String?
      let service: String?
      let pool: String?
      let status: String
      let reason: String?
      let duration_ms: Int64?
      let start_us: Int64?
      let end_us: Int64?
      let saved_ms: Int64?
      let because: String?
      let error: Failure?
    }
    struct Failure: Decodable, Sendable {
      let message: String?
      let hint: String?
      let command: String?
      let log: [String]?
    }
    let run: String?
    let goal: String?
    let status: String
    let duration_ms: Int64?
    let tasks: [Item]
  }

  /// A line of `events.jsonl`.
  struct Line: Decodable, Sendable {
    /// The reason is words in some events and an object in others.
    enum Words: Decodable, Sendable {
      case text(String)
      case whole(Plan.Reason)

      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
          self = .text(text)
        } else {
          self = .whole(try value.decode(Plan.Reason.self))
        }
      }
    }
    let t_us: Int64
    let event: String
    let id: String?
    let goal: String?
    let status: String?
    let reason: Words?
    let error: String?
  }

  /// The name of the run.
  package let run: String
  let plan: Plan?
  let summary: Summary?
  let lines: [Line]
  private let folder: FilePath

  /// Reads the folder of a run; throws where a file is there and cannot be read.
  package init(_ folder: FilePath) throws(CacheError) {
    self.folder = folder
    run = folder.lastComponent?.string ?? ""
    plan = Self.decoded(try FileSystem.read(folder.appending("plan.json")))
    summary = Self.decoded(try FileSystem.read(folder.appending("summary.json")))
    var lines: [Line] = []
    let bytes = try FileSystem.read(folder.appending("events.jsonl")) ?? []
    for line in bytes.split(separator: 0x0A) {
      if let line: Line = Self.decoded(Array(line)) { lines.append(line) }
    }
    self.lines = lines
  }

  /// The last `count` bytes of the log of a task, from the beginning of a line; nil where there is no
  /// log.
  func log(of id: TaskID, last count: Int) -> String? {
    let path = RunJournal.logPath(of: id, run: folder)
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      return try file.closeAfter {
        let size = try file.seek(offset: 0, from: .end)
        let start = max(0, size - Int64(count))
        try file.seek(offset: start, from: .start)
        let text = try String(unsafeUninitializedCapacity: Int(size - start)) { buffer in
          try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard start > 0 else { return text }
        let rest = text.drop { $0 != "\n" }.dropFirst()
        return "… \(start) bytes before this are in \(path.string)\n" + rest
      }
    } catch {
      // A task that printed nothing has no log; one that cannot be read is not shown.
      return nil
    }
  }

  /// nil where the file is not there, was cut short, or is of a form that is not known.
  private static func decoded<Value: Decodable>(_ bytes: [UInt8]?) -> Value? {
    guard let bytes else { return nil }
    return try? JSONDecoder().decode(Value.self, from: Data(bytes))
  }
}
