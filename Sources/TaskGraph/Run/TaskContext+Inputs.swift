// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Declared inputs: patterns become manifest entries, and every file and directory that was looked at
// for them is noted.

package import Cache
import SystemPackage

extension TaskContext {
  /// What the user's environment resolves to, for building a child's environment; what of it enters
  /// a result must be declared with ``variable(_:)``.
  package var environmentOfUser: [String: String] { environment }

  /// Adds the files that `patterns` name below `directory` (relative to the root), with their
  /// digests.
  ///
  /// A file that a pattern of `outputs` names is no input.
  package func describeInputs(
    _ patterns: [String], below directory: String, except outputs: [String],
    into manifest: inout Manifest
  ) async throws(TaskError) {
    guard !patterns.isEmpty else { return }
    let expansion = try expand(patterns + outputs.map { "!" + $0 }, below: directory)
    // Where the directory of a pattern is not there, the pattern matches nothing.
    if !expansion.missing.isEmpty, let glob = try? Glob(patterns: patterns),
      let missing = expansion.missing.first(where: glob.literals(below: directory).contains)
    {
      throw TaskError(
        .fileMissing(missing), "input `\(missing)` is not there",
        hint: "create it, or take it out of `inputs`")
    }
    let entries = try await files(expansion.files)
    var described: [Manifest.Entry] = []
    described.reserveCapacity(entries.count)
    for (path, entry) in zip(expansion.files, entries) {
      guard let entry else {
        throw TaskError.vanished(path, as: "input `\(path)`")
      }
      described.append(Manifest.Entry(.input, path, entry.manifestValue))
    }
    manifest.add(contentsOf: described)
  }

  /// The files that patterns name; every directory that was listed for it is noted.
  package func expand(
    _ patterns: [String], below directory: String
  ) throws(TaskError) -> GlobWalk.Expansion {
    var moment: FileDigests.Moment?
    var expansion: GlobWalk.Expansion
    do {
      let glob = try Glob(patterns: patterns)
      if !glob.literalPrefixes.isEmpty { moment = files.moment() }
      expansion = try GlobWalk.expand(glob, base: directory, root: root)
      // Patterns without wildcards seldom name a directory: only then is the time needed after all.
      if moment == nil, !expansion.visits.isEmpty {
        moment = files.moment()
        expansion = try GlobWalk.expand(glob, base: directory, root: root)
      }
      expansion = pending.applied(to: expansion, glob, base: directory)
    } catch let error as CacheError {
      throw TaskError(error)
    } catch {
      throw TaskError(.input, "a pattern of `\(id)` is not valid: \(error)")
    }
    if let moment { note(expansion.visits, since: moment) }
    // The list is right only while these stay absent.
    for path in expansion.missing { note(path: path, nil) }
    return expansion
  }

  /// The files of a build context as they will be: in a plan with what tasks before this one would
  /// bring back, and without what they would remove.
  package func files(of tree: ContextTree.Contents, context directory: String) -> [String] {
    pending.applied(to: tree.files, below: directory) { tree.sends($0) }
  }

  /// The file system's time, to be taken before directories are listed.
  package func moment() -> FileDigests.Moment { files.moment() }

  /// Notes directories that were listed after `moment`; one that was changed too shortly before
  /// proves nothing to the next run.
  package func note(_ visits: [GlobWalk.Expansion.Visit], since moment: FileDigests.Moment) {
    for visit in visits {
      note(
        path: visit.path,
        moment.isAfter(visit.identity) ? visit.identity : visit.identity.distrusted)
    }
  }
}

extension FileDigests.Entry {
  /// What a key says of a file: its type, its executable bit, its content.
  package var manifestValue: String {
    switch identity.type {
    case .symbolicLink: "link:" + digest.hex
    case .regular: (identity.isExecutable ? "exec:" : "file:") + digest.hex
    case .directory, .other: "other:" + digest.hex
    }
  }
}
