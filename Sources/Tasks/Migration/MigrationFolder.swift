// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The migrations of a folder in the order in which they run. Reads through a task's context, so that
// every file is known as read; asks no database.

import Cache
import SystemPackage
package import TaskGraph

/// The migrations of one folder.
package struct MigrationFolder: Sendable {
  /// By name, bytewise.
  package let files: [MigrationFile]

  /// Checks names; `files` in any order.
  package init(_ files: [MigrationFile]) throws(TaskError) {
    self.files = files.sorted { Bytewise.precedes($0.name, $1.name) }
    var numbers: [String: MigrationFile] = [:]
    for file in self.files {
      guard let number = file.number else { continue }
      if let other = numbers.updateValue(file, forKey: number) {
        throw TaskError(
          .input, "`\(other.path)` and `\(file.path)` have the same number",
          hint: "which of them runs first must not depend on the rest of their names: give the "
            + "newer one another number")
      }
    }
  }

  /// Reads the files `*.sql` of `folder`, a path from the project's root.
  package static func read(
    _ folder: String, in context: TaskContext
  ) throws(TaskError) -> MigrationFolder {
    guard try context.file(folder) != nil else {
      throw TaskError(
        .fileMissing(folder), "the folder of migrations `\(folder)` is not there",
        hint: "create it, or correct `path` in stagecraft.yml")
    }
    var files: [MigrationFile] = []
    for path in try context.expand(["*.sql"], below: folder).files {
      // Noted as read before it is read: an edit in between differs from what is noted.
      _ = try context.file(path)
      let bytes: [UInt8]?
      do throws(CacheError) {
        bytes = try FileSystem.read(context.root.pushing(FilePath(path)))
      } catch {
        throw TaskError(error)
      }
      guard let bytes else {
        throw TaskError.vanished(path, as: "`\(path)`")
      }
      let name = FilePath(path).lastComponent?.string ?? path
      files.append(MigrationFile(name: name, path: path, bytes: bytes))
    }
    return try MigrationFolder(files)
  }
}
