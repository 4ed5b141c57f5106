// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The outputs that a run would bring back before later tasks look at them. Lets a plan read the files
// as they will be, without touching one; knows no cache.

import Cache

/// Files that are not yet as a run would leave them.
struct PendingOutputs: Sendable {
  /// By path relative to the project root; nil where the file would be removed.
  private var files: [String: OutputFile?] = [:]

  /// Whether every file is as it will be.
  var isEmpty: Bool { files.isEmpty }

  /// `outputs` would take the place of `previous`.
  mutating func add(_ outputs: [OutputFile], replacing previous: [OutputFile]) {
    for output in previous { files[output.path] = .some(nil) }
    for output in outputs { files[output.path] = .some(output) }
  }

  /// As if somebody had edited the file at `path`.
  mutating func pretendEdit(of path: String, _ entry: FileDigests.Entry?) {
    var changed = DigestBuilder()
    changed.frame("edited")
    changed.frame(entry?.digest ?? .zero)
    files[path] = OutputFile(
      path: path, type: .regular, mode: entry?.identity.isExecutable == true ? 0o755 : 0o644,
      size: entry?.identity.size ?? 1, digest: changed.finalize())
  }

  /// The file at `path`, where it is pending: `.some(nil)` where it would be removed.
  func entry(for path: String) -> FileDigests.Entry?? {
    guard let pending = files[path] else { return nil }
    guard let output = pending, output.type != .directory else { return .some(nil) }
    let type: UInt32 = output.type == .symbolicLink ? 0o120000 : 0o100000
    let identity = FileIdentity(
      inode: 0, size: output.size, modified: 0, changed: 0, mode: type | output.mode)
    return .some(FileDigests.Entry(path: path, identity: identity, digest: output.digest))
  }

  /// The files below `directory` as they will be, given `files` that are there now; `isWanted` is told
  /// a path relative to the directory.
  func applied(
    to files: [String], below directory: String, isWanted: (String) -> Bool
  ) -> [String] {
    guard !self.files.isEmpty else { return files }
    let prefix = directory == "." || directory.isEmpty ? "" : directory + "/"
    var names = Set(files)
    for (path, output) in self.files {
      guard let output, output.type != .directory else {
        names.remove(path)
        continue
      }
      guard path.hasPrefix(prefix), isWanted(String(path.dropFirst(prefix.count))) else { continue }
      names.insert(path)
    }
    return names.sorted(by: Bytewise.precedes)
  }

  /// What patterns would find, given what they find now.
  func applied(
    to found: GlobWalk.Expansion, _ glob: Glob, base: String
  ) -> GlobWalk.Expansion {
    guard !files.isEmpty else { return found }
    var result = found
    for case (let path, let output?) in files where output.type != .directory {
      result.missing.removeAll { $0 == path || path.hasPrefix($0 + "/") }
    }
    result.files = applied(to: found.files, below: base) { glob.matches($0) }
    return result
  }
}
