// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The copy of the JSON schema that a project file names for editors. Lies with the state of the
// project, so that it is nobody's to commit, and is the schema of the program that ran last.

import Cache
import Planning
import SystemPackage

/// The copy of the JSON schema in a project.
enum EditorSchema {
  /// The line with which a project file names it, as the YAML language server reads it.
  static let line = "# yaml-language-server: $schema=\(JSONSchema.projectPath)"

  /// Whether a project file names it: in the comments that it begins with.
  static func isNamed(in bytes: [UInt8]) -> Bool {
    for line in bytes.prefix(1024).split(separator: 0x0A) {
      guard line.first == 0x23 else { return false }
      let text = String(decoding: line, as: UTF8.self)
      if text.contains("yaml-language-server"), text.contains(JSONSchema.projectPath) {
        return true
      }
    }
    return false
  }

  /// Makes the copy what this program would print; writes nothing where it is that already.
  static func refresh(in root: FilePath) throws(CacheError) {
    let path = root.pushing(FilePath(JSONSchema.projectPath))
    let wanted = JSONSchema.text
    if try FileSystem.read(path) == wanted { return }
    try StateLayout(projectRoot: root).prepare()
    try FileSystem.replace(path, with: wanted)
  }
}

extension Session {
  /// Keeps the copy of the schema up to date in a project whose file names it.
  func refreshSchema(_ workspace: Workspace) {
    guard let file = workspace.sources.first, EditorSchema.isNamed(in: file.bytes) else { return }
    do throws(CacheError) {
      try EditorSchema.refresh(in: workspace.root)
    } catch {
      console.warning(error.description)
    }
  }
}
