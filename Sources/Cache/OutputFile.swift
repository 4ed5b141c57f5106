// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One file, empty directory or symbolic link that a task made: enough to make it again. Knows which
// paths and link targets are harmless; touches no file.

/// A declared output as it was after the task that made it.
package struct OutputFile: Storable, Hashable {
  /// What it is; directories are kept only where they are empty.
  package enum FileType: UInt8, Sendable {
    case regular = 1
    case directory, symbolicLink
  }

  /// Relative to the project root, parts divided by `/`.
  package let path: String
  package let type: FileType
  /// The permission bits; 0 for a symbolic link.
  package let mode: UInt32
  /// Bytes; of a symbolic link, those of its target's text; 0 for a directory.
  package let size: Int64
  /// Of the content; of a symbolic link, of its target's text; of nothing for a directory.
  package let digest: Digest
  /// What a symbolic link points to.
  package let target: String?

  /// Makes an output of its parts.
  package init(
    path: String, type: FileType, mode: UInt32, size: Int64, digest: Digest, target: String? = nil
  ) {
    self.path = path
    self.type = type
    self.mode = mode
    self.size = size
    self.digest = digest
    self.target = target
  }

  /// Whether a file of this identity has the type and the permission bits.
  package func isLike(_ identity: FileIdentity) -> Bool {
    switch type {
    case .regular: identity.type == .regular && identity.mode & 0o777 == mode
    case .directory: identity.type == .directory && identity.mode & 0o777 == mode
    case .symbolicLink: identity.type == .symbolicLink
    }
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(path)
    writer.write(type.rawValue)
    writer.write(UInt64(mode))
    writer.write(size)
    writer.write(digest)
    writer.write(target)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    let path = try reader.readString()
    guard let type = FileType(rawValue: try reader.readByte()) else { throw .malformed }
    self.init(
      path: path, type: type, mode: UInt32(truncatingIfNeeded: try reader.readUInt64()),
      size: try reader.readInt64(), digest: try reader.readDigest(),
      target: try reader.readOptional())
  }

  /// The parts of a relative path; nil where it is absolute, empty, or holds `.`, `..`, an empty part
  /// or a zero byte.
  package static func parts(of path: String) -> [Substring]? {
    guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.contains { $0.isEmpty || $0 == "." || $0 == ".." } ? nil : parts
  }

  /// Whether a link at `path` with this target text stays in the project, taken word by word.
  package static func linkStays(at path: String, target: String) -> Bool {
    guard !target.isEmpty, !target.hasPrefix("/"), !target.utf8.contains(0),
      let parts = parts(of: path)
    else { return false }
    var depth = parts.count - 1
    for part in target.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return false }
    }
    return true
  }

  /// One digest over outputs in their order: what dependents of a task see of it.
  package static func digest(of outputs: [OutputFile]) -> Digest {
    var writer = RecordWriter()
    writer.write(outputs)
    return Digest.of(writer.bytes)
  }
}
