// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds what Docker would send as a build context: files, links and directories that the ignore file
// lets through. Knows no digests and no Dockerfile syntax.

package import SystemPackage

/// Lists build contexts.
package enum ContextTree {
  /// What can be wrong with a context.
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case files(CacheError)
    /// A line of the ignore file `path`.
    case pattern(GlobError, path: String)

    package var description: String {
      switch self {
      case .files(let error): error.description
      case .pattern(let error, let path): "`\(path)`: \(error)"
      }
    }
  }

  /// What would be sent.
  ///
  /// All paths are relative to the root, in bytewise order.
  package struct Contents: Sendable, Hashable {
    /// A directory that would be sent, empty or not.
    package struct Directory: Sendable, Hashable {
      package let path: String
      /// Type and permission bits.
      package let mode: UInt32
    }

    /// Regular files and symbolic links.
    package var files: [String] = []
    /// Directories, without the context itself.
    package var directories: [Directory] = []
    /// The directories that were read, and what they were just before.
    package var visits: [GlobWalk.Expansion.Visit] = []
    /// The ignore file that was used.
    package var ignoreFile: String?
    /// Ignore files that were looked for and are not there.
    package var missing: [String] = []
    fileprivate var rules = IgnoreRules()

    /// Starts with nothing.
    package init() {}

    /// Whether a file at `path`, relative to the context, would be sent if it were there.
    package func sends(_ path: String) -> Bool {
      var parent = IgnoreRules.Parent()
      var isOut = false
      var place = ""
      for name in path.split(separator: "/") {
        if name == StateLayout.directoryName { return false }
        place = ContextTree.join(place, String(name))
        (isOut, parent) = rules.leavesOut(place, parent: parent)
      }
      return !isOut
    }
  }

  /// Where the rules come from.
  package enum Ignore: Sendable, Hashable {
    /// `<dockerfile>.dockerignore` beside the Dockerfile, or else `.dockerignore` in the context.
    case file
    /// These rules.
    case rules(IgnoreRules)
  }

  /// Lists what is sent of `context`, which is relative to `root` (or absolute), as is `dockerfile`.
  package static func files(
    root: FilePath, context: String, dockerfile: String? = nil, ignore: Ignore = .file
  ) throws(Failure) -> Contents {
    var contents = Contents()
    let base = context == "." ? "" : context
    let rules: IgnoreRules
    switch ignore {
    case .rules(let given): rules = given
    case .file:
      rules = try findRules(
        root: root, context: base, dockerfile: dockerfile ?? join(base, "Dockerfile"), &contents)
    }
    contents.rules = rules
    do throws(CacheError) {
      try walk(base, rules, try DirectoryReader(root: root), &contents)
    } catch {
      throw .files(error)
    }
    contents.files.sort(by: Bytewise.precedes)
    contents.directories.sort { Bytewise.precedes($0.path, $1.path) }
    contents.visits.sort { Bytewise.precedes($0.path, $1.path) }
    return contents
  }

  /// The text of an ignore file that leaves out the state directory as well; nil where no state would
  /// be sent.
  ///
  /// What a run writes while it builds is no part of what is built, and files that come and go while
  /// they are sent would fail the build.
  package static func ignoreTextHidingState(
    root: FilePath, context: String, dockerfile: String?
  ) throws(Failure) -> [UInt8]? {
    guard context == "." else { return nil }
    var contents = Contents()
    let rules = try findRules(
      root: root, context: "", dockerfile: dockerfile ?? "Dockerfile", &contents)
    let name = StateLayout.directoryName
    if rules.leavesOut(name, parent: IgnoreRules.Parent()).0, !rules.mayTakeBack(below: name) {
      return nil
    }
    var text: [UInt8] = []
    if let path = contents.ignoreFile {
      do throws(CacheError) {
        text = try FileSystem.read(root.pushing(FilePath(path))) ?? []
      } catch {
        throw .files(error)
      }
    }
    return text + Array("\n\(name)\n".utf8)
  }

  private static func join(_ directory: String, _ name: String) -> String {
    directory.isEmpty ? name : directory + "/" + name
  }

  private static func findRules(
    root: FilePath, context: String, dockerfile: String, _ contents: inout Contents
  ) throws(Failure) -> IgnoreRules {
    for candidate in [dockerfile + ".dockerignore", join(context, ".dockerignore")] {
      let path = root.pushing(FilePath(candidate))
      let bytes: [UInt8]?
      do throws(CacheError) { bytes = try FileSystem.read(path) } catch { throw .files(error) }
      guard let bytes else {
        contents.missing.append(candidate)
        continue
      }
      contents.ignoreFile = candidate
      do throws(GlobError) {
        return try IgnoreRules(content: bytes)
      } catch {
        throw .pattern(error, path: candidate)
      }
    }
    return IgnoreRules()
  }

  /// A directory whose own entry waits for the first thing below it that is sent.
  private struct Pending {
    let path: String
    let parent: IgnoreRules.Parent
    let isSent: Bool
    /// Directories above that were left out themselves and are sent if something below them is.
    let held: [String]
  }

  private static func walk(
    _ base: String, _ rules: IgnoreRules, _ reader: DirectoryReader, _ contents: inout Contents
  ) throws(CacheError) {
    var stack = [Pending(path: "", parent: IgnoreRules.Parent(), isSent: true, held: [])]
    var sent: Set<PathKey> = []
    while let next = stack.popLast() {
      let place = next.path.isEmpty ? base : join(base, next.path)
      guard let listing = try reader.read(place) else {
        guard next.path.isEmpty else { continue }
        throw CacheError(.missing, "read", base)
      }
      contents.visits.append(.init(path: place, identity: listing.identity))
      if next.isSent, !next.path.isEmpty, sent.insert(PathKey(next.path)).inserted {
        contents.directories.append(.init(path: place, mode: listing.identity.mode))
      }
      for entry in listing.entries {
        let path = next.path.isEmpty ? entry.name : next.path + "/" + entry.name
        let (isOut, parent) = rules.leavesOut(path, parent: next.parent)
        if entry.type == .directory {
          // See `ignoreTextHidingState`: the builder does not get it either.
          if entry.name == StateLayout.directoryName { continue }
          if isOut, !rules.mayTakeBack(below: path) { continue }
          if !isOut { try send(next.held, base, reader, &sent, &contents) }
          stack.append(
            Pending(
              path: path, parent: parent, isSent: !isOut, held: isOut ? next.held + [path] : []))
        } else if !isOut, entry.type != .other {
          try send(next.held, base, reader, &sent, &contents)
          contents.files.append(join(base, path))
        }
      }
    }
  }

  private static func send(
    _ held: [String], _ base: String, _ reader: DirectoryReader, _ sent: inout Set<PathKey>,
    _ contents: inout Contents
  ) throws(CacheError) {
    for path in held where sent.insert(PathKey(path)).inserted {
      guard let identity = try reader.look(at: join(base, path)) else { continue }
      contents.directories.append(.init(path: join(base, path), mode: identity.mode))
    }
  }
}
