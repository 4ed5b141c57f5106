// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a task becomes a manifest, and its output a digest: the one place where the engine's own
// entries of a key are made.

import Cache

/// Makes manifests and output digests.
enum Keying {
  /// What a dependency contributes to a key.
  struct Upstream: Sendable {
    let id: TaskID
    let taskClass: TaskClass
    /// The digest of what it produced; nil where that is not known.
    let digest: Digest?
  }

  /// The manifest of a task.
  ///
  /// An effect's key is what the world should be; so what was observed is no part of it. Anything
  /// else that depends on an observation is keyed by what was seen.
  static func manifest<Kind: TaskKind>(
    of task: Kind, _ taskClass: TaskClass, upstream: [Upstream], outputs: OutputDeclaration,
    timeout: Duration?, salt: String, in context: TaskContext
  ) async throws(TaskError) -> Manifest {
    var manifest = Manifest()
    manifest.add(.kind, Kind.kind, String(Kind.revision))
    manifest.add(.taskClass, "", taskClass.rawValue)
    if !salt.isEmpty { manifest.add(.salt, "", salt) }
    for dependency in upstream {
      if taskClass == .effect, dependency.taskClass == .observe { continue }
      manifest.add(.dependency, dependency.id.text, dependency.digest?.hex ?? Manifest.unknown)
    }
    if !outputs.patterns.isEmpty {
      manifest.add(.directory, "outputs", outputs.directory)
      for pattern in Set(outputs.patterns) { manifest.add(.output, pattern, "") }
    }
    // In the key, so that a hit cannot hide a limit that is too small (as the Remote Execution API has it).
    if let timeout { manifest.add(.timeout, "", String(timeout.nanoseconds)) }
    try await task.describe(into: &manifest, in: context)
    return manifest
  }

  /// The digest of what a task produced: its value and its files, names, types and executable bits
  /// included, times and owners not.
  static func digest(value: [UInt8], outputs: [OutputFile]) -> Digest {
    var builder = DigestBuilder()
    value.withUnsafeBytes { builder.frame($0) }
    builder.frame(UInt64(outputs.count))
    for output in outputs {
      builder.frame(output.path)
      builder.frame(UInt64(output.type.rawValue))
      builder.frame(output.mode & 0o100 != 0 ? 1 : 0)
      builder.frame(output.digest)
    }
    return builder.finalize()
  }
}

extension Duration {
  /// The whole duration in nanoseconds.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
