// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The files a pure task makes, around its run: clears away what patterns matched before, finds what
// came out, stores it, and checks that no input changed meanwhile.

import Cache
import SystemPackage

/// The declared outputs of one task.
struct OutputCollection: Sendable {
  let state: ProjectState
  let declaration: OutputDeclaration

  /// What came out.
  struct Collected: Sendable {
    var outputs: [OutputFile] = []
    /// As the files are on disk.
    var identities: [FileIdentity] = []
    /// Whether every blob is in the content store.
    var isStored = true
    var warnings: [String] = []
  }

  /// The outputs that are named without wildcards, from the project's root.
  private var literals: [String] {
    declaration.patterns.filter { !$0.isPattern }.map { $0.joined(below: declaration.directory) }
  }

  /// Moves what earlier runs made and patterns match out of the way, so that what the command no
  /// longer makes is gone after it.
  ///
  /// Files named literally stay: they must come out again anyway.
  func setAside(_ last: TaskIndex.Entry?) throws(CacheError) -> SetAside? {
    guard let last, !declaration.patterns.isEmpty, !last.outputs.isEmpty else { return nil }
    let literals = Set(self.literals)
    var old: [(OutputFile, FileIdentity)] = []
    for (output, identity) in zip(last.outputs, last.identities)
    where !literals.contains(output.path) {
      old.append((output, identity))
    }
    return old.isEmpty ? nil : try state.outputs.setAside(old)
  }

  /// Makes the folders of files named literally, as ninja does: a fresh checkout has none of them.
  func makeFolders() throws(CacheError) {
    for literal in literals {
      let path = FilePath(literal)
      guard !path.removingLastComponent().isEmpty else { continue }
      try FileSystem.createDirectory(
        state.root.pushing(path).lexicallyNormalized().removingLastComponent())
    }
  }

  /// Finds and stores what came out.
  func collect(task: TaskID) async throws(TaskError) -> Collected {
    guard !declaration.patterns.isEmpty else { return Collected() }
    var collected = Collected()
    let expansion: GlobWalk.Expansion
    let literals: Set<String>
    do {
      let glob = try Glob(patterns: declaration.patterns)
      literals = glob.literals(below: declaration.directory)
      expansion = try GlobWalk.expand(glob, base: declaration.directory, root: state.root)
    } catch let error as CacheError {
      throw TaskError(error)
    } catch {
      throw TaskError(.input, "an output pattern of `\(task)` is not valid: \(error)")
    }
    // Where the directory of a pattern is not there, the pattern matches nothing.
    if let missing = expansion.missing.first(where: literals.contains) {
      throw TaskError(
        .fileMissing(missing),
        "declared output `\(missing)` is not there though the command succeeded",
        hint: "make the command write it, or take it out of `outputs`")
    }
    if expansion.files.isEmpty, expansion.emptyDirectories.isEmpty {
      collected.warnings.append(
        "no file matches its outputs \(declaration.patterns.map { "`\($0)`" }.joined(separator: ", "))"
      )
    }
    do throws(CacheError) {
      let moment = state.files.moment()
      let stored = try state.outputs.capture(
        expansion.files, emptyDirectories: expansion.emptyDirectories)
      for (output, identity) in stored {
        collected.outputs.append(output)
        collected.identities.append(moment.isAfter(identity) ? identity : identity.distrusted)
      }
    } catch {
      switch error.code {
      case .escapes, .unsupportedType, .nameNotUTF8: throw TaskError(error)
      default: break
      }
      collected = try measured(expansion, collected)
      collected.warnings.append(error.description)
    }
    return collected
  }

  /// Digests what came out without storing it: for a cache that cannot be written.
  private func measured(
    _ expansion: GlobWalk.Expansion, _ start: Collected
  ) throws(TaskError) -> Collected {
    var collected = start
    collected.outputs = []
    collected.identities = []
    collected.isStored = false
    do throws(CacheError) {
      for path in expansion.files {
        guard let entry = try state.files.entry(for: path) else {
          throw CacheError(.missing, "read", path)
        }
        let isLink = entry.identity.type == .symbolicLink
        collected.outputs.append(
          OutputFile(
            path: path, type: isLink ? .symbolicLink : .regular,
            mode: isLink ? 0 : entry.identity.mode & 0o777,
            size: entry.identity.size, digest: entry.digest, target: nil))
        collected.identities.append(entry.identity)
      }
    } catch {
      throw TaskError(error)
    }
    return collected
  }

  /// A file or directory that is not any more what it was when it was read; the task's own outputs
  /// may change.
  func changedInput(of reads: ReadSet.Contents) -> String? {
    guard !declaration.patterns.isEmpty else { return firstChange(of: reads) { _ in false } }
    let prefix = declaration.directory == "." ? "" : declaration.directory + "/"
    let own: Glob
    do throws(GlobError) {
      own = try Glob(patterns: declaration.patterns)
    } catch {
      // What names no file excuses no change of one.
      return firstChange(of: reads) { _ in false }
    }
    return firstChange(of: reads) { path in
      path.hasPrefix(prefix) && own.matches(String(path.dropFirst(prefix.count)))
    }
  }

  private func firstChange(
    of reads: ReadSet.Contents, except isOwn: (String) -> Bool
  ) -> String? {
    for (path, before) in reads.files {
      let now = FileIdentity(state.root.pushing(FilePath(path)).string)
      guard now != before else { continue }
      // A directory changes when the task writes into it; what counts is which files match, and that
      // is seen when the task is described again.
      if before == nil || before?.type == .directory, now?.type == .directory { continue }
      if isOwn(path) { continue }
      return path
    }
    return nil
  }
}

extension Glob {
  /// The plain paths that it takes, relative to what `directory` is relative to.
  func literals(below directory: String) -> Set<String> {
    Set(literals.map { $0.joined(below: directory) })
  }
}

extension String {
  /// Whether it has a character with a meaning in patterns.
  package var isPattern: Bool {
    utf8.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B || $0 == 0x7B }
  }

  /// The path below a directory, both relative to the project; `.` adds nothing.
  package func joined(below directory: String) -> String {
    directory == "." || directory.isEmpty ? self : directory + "/" + self
  }
}
