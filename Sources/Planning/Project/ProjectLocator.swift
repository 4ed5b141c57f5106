// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds stagecraft.yml and the Compose files on disk and reads them. Knows names and search orders;
// does not know what the files say.

import Cache
package import SystemPackage

/// Where a project is.
package struct ProjectLocation: Sendable, Equatable {
  /// The directory that all of the project's paths start at, absolute.
  package let root: FilePath
  /// The project file, absolute.
  package let file: FilePath
  /// The project file as it is shown to people: as the user named it, or from where they are.
  package let shownFile: String

  /// Makes a location from its parts.
  package init(root: FilePath, file: FilePath, shownFile: String) {
    self.root = root
    self.file = file
    self.shownFile = shownFile
  }
}

/// The Compose files of a project.
package struct ComposeFiles: Sendable, Equatable {
  /// The files that Compose would read, from the project root, in the order they are merged.
  package let files: [String]
  /// The names that were looked for; which of them exist decides `files`.
  package let candidates: [String]
  /// The override file that is there and not merged; nil for none.
  package let leftOut: String?

  /// Makes the value from its parts.
  package init(files: [String], candidates: [String], leftOut: String? = nil) {
    self.files = files
    self.candidates = candidates
    self.leftOut = leftOut
  }
}

/// The search for a project's files.
package enum ProjectLocator {
  /// The name of the project file.
  package static let fileName = "stagecraft.yml"

  /// The names of a Compose file, in the order Compose prefers them.
  package static let composeNames = [
    "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml",
  ]

  /// The names of the file that Compose merges over the first, in the order it prefers them.
  package static let overrideNames = [
    "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml",
    "docker-compose.override.yaml",
  ]

  /// The project at or above `directory`, or the one whose file the user named.
  ///
  /// `directory` must be absolute. A named file is taken as it is, from `directory`; its folder is
  /// the project's root.
  package static func locate(
    config: String? = nil, from directory: FilePath
  ) throws(ProjectError) -> ProjectLocation {
    if let config {
      let file = directory.pushing(FilePath(config)).lexicallyNormalized()
      guard isFile(file) else { throw ProjectError(Diagnostic(.fileNotFound(config))) }
      return ProjectLocation(
        root: file.removingLastComponent(), file: file, shownFile: config)
    }
    var folder = directory.lexicallyNormalized()
    var shown = fileName
    while true {
      let file = folder.appending(fileName)
      if isFile(file) { return ProjectLocation(root: folder, file: file, shownFile: shown) }
      guard folder.removeLastComponent() else {
        throw ProjectError(Diagnostic(.projectNotFound(from: directory.string)))
      }
      shown = "../\(shown)"
    }
  }

  /// The text of a project file.
  package static func read(_ location: ProjectLocation) throws(ProjectError) -> SourceFile {
    SourceFile(
      path: location.shownFile,
      bytes: try bytes(of: location.file, shown: location.shownFile))
  }

  /// The text of an env file; nil when it is not there, which is allowed.
  ///
  /// Never shown in messages.
  package static func readEnvironmentFile(
    _ path: String, root: FilePath
  ) throws(ProjectError) -> SourceFile? {
    let file = root.pushing(FilePath(path))
    guard exists(file) else { return nil }
    return SourceFile(
      path: path, bytes: try bytes(of: file, shown: path), isConfidential: true)
  }

  /// The Compose files of a project: those it names, or those Compose finds by itself.
  ///
  /// As in Compose, files that are named explicitly have no override file. One that nobody named is how a
  /// developer runs the application: it is merged only where `takesOverride`.
  package static func composeFiles(
    root: FilePath, named: [Reference] = [], takesOverride: Bool = true
  ) throws(ProjectError) -> ComposeFiles {
    let missing = named.filter { !isFile(root.pushing(FilePath($0.name))) }.map {
      Diagnostic(.fileNotFound($0.name), at: $0.location, length: $0.length)
    }
    if let fault = ProjectError(faultsIn: missing) { throw fault }
    if !named.isEmpty {
      return ComposeFiles(files: named.map(\.name), candidates: named.map(\.name))
    }
    let candidates = composeNames + overrideNames
    guard let base = composeNames.first(where: { isFile(root.appending($0)) }) else {
      throw ProjectError(Diagnostic(.composeFileNotFound(directory: root.string)))
    }
    let override = overrideNames.first { isFile(root.appending($0)) }
    guard takesOverride else {
      return ComposeFiles(files: [base], candidates: composeNames, leftOut: override)
    }
    return ComposeFiles(files: [base] + (override.map { [$0] } ?? []), candidates: candidates)
  }

  private static func bytes(
    of file: FilePath, shown: String
  ) throws(ProjectError) -> [UInt8] {
    do throws(CacheError) {
      if let bytes = try FileSystem.read(file) { return bytes }
    } catch {
      throw ProjectError(
        Diagnostic(.unreadableFile(shown, reason: reason(error))))
    }
    throw ProjectError(Diagnostic(.fileNotFound(shown)))
  }

  private static func reason(_ error: CacheError) -> String {
    if case .system(let errno) = error.code { errno.description } else { error.description }
  }

  private static func exists(_ path: FilePath) -> Bool {
    path.withPlatformString { FileProbe.kind(of: $0) } != nil
  }

  private static func isFile(_ path: FilePath) -> Bool {
    path.withPlatformString { FileProbe.kind(of: $0) } == .file
  }
}
