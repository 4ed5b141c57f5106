// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which files are found from where. Works in directories of its own. Proves spec/core/config.md.

import Cache
import Planning
import SystemPackage
import Testing

/// The search for project files.
@Suite struct ProjectLocatorTests {
  /// Makes the files in a directory of their own, hands that over, and clears it away.
  private func withFiles(_ files: [String], _ body: (FilePath) throws -> Void) throws {
    let root = FilePath("/tmp/stagecraft-locator-\(FileSystem.temporaryName())")
    var made: [FilePath] = []
    var folders: [FilePath] = []
    try FileSystem.createDirectory(root)
    for file in files {
      let path = root.appending(FilePath(file).components)
      var folder = root
      for component in FilePath(file).components.dropLast() {
        folder.append(component)
        if !folders.contains(folder) {
          try FileSystem.createDirectory(folder)
          folders.append(folder)
        }
      }
      try FileSystem.replace(path, with: Array("text of \(file)".utf8), mode: 0o644)
      made.append(path)
    }
    defer {
      for path in made { _ = try? FileSystem.removeFile(path) }
      for path in folders.reversed() + [root] { _ = FileSystem.removeEmptyDirectory(path) }
    }
    try body(root)
  }

  @Test func `a project is found from its root and from below`() throws {
    try withFiles(["stagecraft.yml", "a/b/x"]) { root in
      let here = try ProjectLocator.locate(from: root)
      #expect(here.root == root)
      #expect(here.shownFile == "stagecraft.yml")
      let below = try ProjectLocator.locate(from: root.appending("a").appending("b"))
      #expect(below.root == root)
      #expect(below.file == root.appending("stagecraft.yml"))
      #expect(below.shownFile == "../../stagecraft.yml")
      let file = try ProjectLocator.read(below)
      #expect(file.bytes == Array("text of stagecraft.yml".utf8))
    }
  }

  @Test func `the nearest project wins`() throws {
    try withFiles(["stagecraft.yml", "a/stagecraft.yml"]) { root in
      let found = try ProjectLocator.locate(from: root.appending("a"))
      #expect(found.root == root.appending("a"))
    }
  }

  @Test func `a folder of that name is no project`() throws {
    try withFiles(["a/stagecraft.yml/x", "stagecraft.yml"]) { root in
      let found = try ProjectLocator.locate(from: root.appending("a"))
      #expect(found.root == root)
    }
  }

  @Test func `a named file wins and its folder is the root`() throws {
    try withFiles(["stagecraft.yml", "other/config.yml"]) { root in
      let named = try ProjectLocator.locate(config: "other/config.yml", from: root)
      #expect(named.root == root.appending("other"))
      #expect(named.shownFile == "other/config.yml")
    }
  }

  @Test func `a named file that is not there is an error`() throws {
    try withFiles(["stagecraft.yml"]) { root in
      #expect(throws: ProjectError(Diagnostic(.fileNotFound("x.yml")))) {
        try ProjectLocator.locate(config: "x.yml", from: root)
      }
    }
  }

  @Test func `no project up to the root of the file system is an error`() throws {
    try withFiles(["a/x"]) { root in
      #expect(throws: ProjectError(Diagnostic(.projectNotFound(from: "\(root)/a")))) {
        try ProjectLocator.locate(from: root.appending("a"))
      }
    }
  }

  @Test(
    arguments: [
      (["compose.yaml"], ["compose.yaml"]),
      (["docker-compose.yml", "compose.yml"], ["compose.yml"]),
      (["docker-compose.yaml", "docker-compose.yml"], ["docker-compose.yml"]),
      (["compose.yaml", "compose.override.yaml"], ["compose.yaml", "compose.override.yaml"]),
      (
        ["docker-compose.yml", "docker-compose.override.yml", "compose.override.yml"],
        ["docker-compose.yml", "compose.override.yml"]
      ),
    ])
  func `compose files are found in compose's order`(files: [String], expected: [String]) throws {
    try withFiles(files) { root in
      let found = try ProjectLocator.composeFiles(root: root)
      #expect(found.files == expected)
      #expect(found.candidates.count == 8)
    }
  }

  @Test func `a named compose file has no override`() throws {
    try withFiles(["deploy/app.yml", "compose.override.yml"]) { root in
      let place = SourceLocation(file: "stagecraft.yml", line: 2, column: 10)
      let found = try ProjectLocator.composeFiles(
        root: root, named: [Reference(name: "deploy/app.yml", location: place)])
      #expect(found == ComposeFiles(files: ["deploy/app.yml"], candidates: ["deploy/app.yml"]))
      #expect(throws: ProjectError(Diagnostic(.fileNotFound("no.yml"), at: place, length: 6))) {
        try ProjectLocator.composeFiles(
          root: root, named: [Reference(name: "no.yml", location: place)])
      }
    }
  }

  @Test func `several files are merged in their order, and each that is missing is told`() throws {
    try withFiles(["b.yaml", "a.yaml", "compose.override.yaml"]) { root in
      let place = SourceLocation(file: "stagecraft.yml", line: 2, column: 10)
      func named(_ names: String...) -> [Reference] {
        names.map { Reference(name: $0, location: place) }
      }
      let found = try ProjectLocator.composeFiles(root: root, named: named("b.yaml", "a.yaml"))
      #expect(found.files == ["b.yaml", "a.yaml"])
      let error = #expect(throws: ProjectError.self) {
        try ProjectLocator.composeFiles(root: root, named: named("x.yaml", "a.yaml", "y.yaml"))
      }
      #expect(error?.diagnostics.map(\.code) == [.fileNotFound("x.yaml"), .fileNotFound("y.yaml")])
    }
  }

  @Test func `an override that nobody chose is left out where it is not taken, and told`() throws {
    try withFiles(["compose.yaml", "compose.override.yaml"]) { root in
      let found = try ProjectLocator.composeFiles(root: root, takesOverride: false)
      #expect(found.files == ["compose.yaml"])
      #expect(found.leftOut == "compose.override.yaml")
      #expect(try ProjectLocator.composeFiles(root: root).leftOut == nil)
    }
  }

  @Test func `no compose file is an error`() throws {
    try withFiles([]) { root in
      #expect(throws: ProjectError(Diagnostic(.composeFileNotFound(directory: root.string)))) {
        try ProjectLocator.composeFiles(root: root)
      }
    }
  }

  @Test func `an env file may be missing and is confidential`() throws {
    try withFiles(["a.env"]) { root in
      let missing = try ProjectLocator.readEnvironmentFile("b.env", root: root)
      #expect(missing == nil)
      let file = try #require(try ProjectLocator.readEnvironmentFile("a.env", root: root))
      #expect(file.path == "a.env")
      #expect(file.isConfidential)
    }
  }

  @Test func `a folder instead of an env file is an error`() throws {
    try withFiles(["a.env/x"]) { root in
      #expect(
        throws: ProjectError(Diagnostic(.unreadableFile("a.env", reason: "Is a directory")))
      ) {
        try ProjectLocator.readEnvironmentFile("a.env", root: root)
      }
    }
  }
}
