// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the files of the project that services mount, and gives each its place on a host by a digest
// of what is in it. Reads only through the task's context; sends nothing anywhere.

import Cache
import SystemPackage
import TaskGraph

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Places mounted files.
struct RenderFiles {
  /// A path of the project as it is mounted.
  struct Placed: Sendable {
    /// Below the host's directory: what is mounted.
    let remotePath: String
    /// One file, or those of a folder.
    let files: [ReleasedFile]
  }

  /// A path of the project that somebody needs.
  struct Request: Sendable {
    /// Relative to the root.
    let path: String
    /// Who needs it: `service `web` mounts`, `secret `key` is`.
    let words: String
  }

  let context: TaskContext

  /// Places one path.
  func place(_ request: Request) async throws(TaskError) -> Placed {
    let path = try real(request)
    guard let entry = try context.file(path) else { throw missing(request) }
    let name = FilePath(request.path).lastComponent?.string ?? ""
    switch entry.identity.type {
    case .regular:
      var digest = DigestBuilder()
      digest.frame("file")
      add(entry, to: &digest)
      let place = "files/\(digest.finalize().hex)/\(name)"
      return Placed(remotePath: place, files: [file(entry, path, place)])
    case .directory: return try await folder(path, name, request)
    case .symbolicLink, .other:
      throw TaskError(
        .invariant, "`\(path)` was read and is neither a file nor a folder")
    }
  }

  private func folder(
    _ path: String, _ name: String, _ request: Request
  ) async throws(TaskError) -> Placed {
    guard path != "." else {
      throw TaskError(
        .input, "\(request.words) the whole project, which cannot be brought to a host",
        hint: "mount a folder of it, or leave the mount out of what is deployed")
    }
    let moment = context.moment()
    let tree: ContextTree.Contents
    do throws(ContextTree.Failure) {
      tree = try ContextTree.files(
        root: context.root, context: path, ignore: .rules(IgnoreRules()))
    } catch {
      throw TaskError(.files, error.description)
    }
    context.note(tree.visits, since: moment)
    guard !tree.files.isEmpty else {
      throw TaskError(
        .input, "\(request.words) `\(request.path)`, which is empty",
        hint: "put a file into it, or use a named volume for what a container writes")
    }
    var paths: [String] = []
    for file in tree.files { paths.append(try real(Request(path: file, words: request.words))) }
    let entries = try await context.files(paths)
    var digest = DigestBuilder()
    digest.frame("folder")
    var found: [(path: String, below: String, entry: FileDigests.Entry)] = []
    for (file, (path, entry)) in zip(tree.files, zip(paths, entries)) {
      guard let entry else { throw missing(Request(path: file, words: request.words)) }
      guard entry.identity.type == .regular else {
        throw TaskError(
          .input, "\(request.words) `\(request.path)`, in which `\(file)` is no file",
          hint: "links to folders are not followed: use the folder itself")
      }
      let below = String(file.dropFirst(request.path.utf8.count + 1))
      digest.frame(below)
      add(entry, to: &digest)
      found.append((path, below, entry))
    }
    let place = "files/\(digest.finalize().hex)/\(name)"
    return Placed(
      remotePath: place,
      files: found.map { file($0.entry, $0.path, "\(place)/\($0.below)") })
  }

  private func add(_ entry: FileDigests.Entry, to digest: inout DigestBuilder) {
    digest.frame(entry.identity.isExecutable ? 1 : 0)
    digest.frame(entry.digest)
  }

  /// The modes are of our making: those of a checkout depend on who made it, and a container whose
  /// user is not root must be able to read.
  private func file(_ entry: FileDigests.Entry, _ path: String, _ place: String) -> ReleasedFile {
    ReleasedFile(
      path: path, remotePath: place, mode: entry.identity.isExecutable ? 0o755 : 0o644)
  }

  /// The path with links followed: what is sent is what they lead to.
  private func real(_ request: Request) throws(TaskError) -> String {
    guard let entry = try context.file(request.path), entry.identity.type == .symbolicLink else {
      return request.path
    }
    let root = Self.resolved(context.root) ?? context.root.string
    guard let target = Self.resolved(context.root.pushing(FilePath(request.path))) else {
      throw missing(request)
    }
    guard target.hasPrefix(root + "/") else {
      throw TaskError(
        .input, "\(request.words) `\(request.path)`, a link to a place outside of the project",
        hint: "copy the file into the project")
    }
    return String(target.dropFirst(root.utf8.count + 1))
  }

  private static func resolved(_ path: FilePath) -> String? {
    guard let real = path.withPlatformString({ realpath($0, nil) }) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private func missing(_ request: Request) -> TaskError {
    TaskError(
      .fileMissing(request.path), "\(request.words) `\(request.path)`, which is not there",
      hint: "create it, or correct the Compose file")
  }
}
