// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The log of one task on its way to a file. Holds a piece in memory, so that a thousand running tasks
// need no thousand open files; knows nothing of runs.

import Cache
import SystemPackage

/// Collects the lines of a task and appends them to its file.
struct TaskLog {
  private static let piece = 64 * 1024

  private let id: TaskID
  private var pending: [UInt8] = []
  private var written: Int64 = 0

  init(_ id: TaskID) { self.id = id }

  mutating func append(_ line: String, below run: FilePath?) throws(CacheError) {
    pending.append(contentsOf: line.utf8)
    pending.append(0x0A)
    if pending.count >= Self.piece { try flush(below: run) }
  }

  /// Writes what is pending; the file is open only meanwhile.
  mutating func flush(below run: FilePath?) throws(CacheError) {
    guard let run, !pending.isEmpty else { return }
    let path = RunJournal.logPath(of: id, run: run)
    if written == 0 { try FileSystem.createDirectory(path.removingLastComponent()) }
    let descriptor = try FileSystem.openForUpdate(path, mode: 0o644)
    defer { RunFolders.close(descriptor) }
    try RunFolders.seek(descriptor, to: written, path: path)
    try FileSystem.write(pending, to: descriptor, path: path)
    written += Int64(pending.count)
    pending.removeAll(keepingCapacity: true)
  }

  /// A file name for any task name: other bytes than letters, digits, `.`, `_` and `-` as `%XX`.
  static func fileName(of id: TaskID) -> String {
    var name = ""
    for byte in id.text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F:
        name.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x2E where !name.isEmpty: name += "."
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        name += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    // Names of files end at 255 bytes; the digest keeps long ones apart.
    if name.utf8.count > 200 { name = "\(name.prefix(180))-\(Digest.of(id.text).short)" }
    return name + ".log"
  }
}
