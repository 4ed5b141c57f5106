// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Outputs come back as they were, nothing else changes, and nothing is written out of the project.

import Cache
import Glibc
import SystemPackage
import Testing

@Suite struct OutputStoreTests {
  /// Two files with equal bytes, an empty file, an empty directory, links, modes.
  static func fill(_ fixture: CacheFixture) throws -> [OutputFile] {
    try fixture.write("dist/one", "same", mode: 0o644)
    try fixture.write("dist/deep/two", "same", mode: 0o755)
    try fixture.write("dist/empty", "", mode: 0o600)
    try FileSystem.createDirectory(fixture.place("dist/hollow/inner"))
    try FileSystem.setMode(fixture.place("dist/hollow/inner"), 0o711)
    try FileSystem.createLink(fixture.place("dist/link"), to: "deep/two")
    try FileSystem.createLink(fixture.place("dist/deep/up"), to: "../one")
    try FileSystem.createLink(fixture.place("dist/dangling"), to: "nowhere")
    return try capture(
      fixture,
      ["dist/one", "dist/deep/two", "dist/empty", "dist/link", "dist/deep/up", "dist/dangling"],
      ["dist/hollow/inner"])
  }

  static func capture(
    _ fixture: CacheFixture, _ paths: [String], _ directories: [String] = []
  ) throws -> [OutputFile] {
    try fixture.outputs.capture(paths, emptyDirectories: directories).map(\.0)
  }

  @Test func `captured outputs are sorted and carry what is on disk`() throws {
    let fixture = try CacheFixture()
    _ = try Self.fill(fixture)
    let captured = try fixture.outputs.capture(
      ["dist/one", "dist/dangling"], emptyDirectories: ["dist/hollow/inner"])
    #expect(captured.map(\.0.path) == ["dist/dangling", "dist/hollow/inner", "dist/one"])
    for (output, identity) in captured {
      #expect(FileIdentity(fixture.place(output.path).string) == identity)
    }
    #expect(captured[0].0.target == "nowhere")
    #expect(captured[1].0.mode == 0o711)
    #expect(captured[2].0.digest == Digest.of("same"))
  }

  @Test func `a whole deleted output directory comes back byte and mode identical`() throws {
    let fixture = try CacheFixture()
    let outputs = try Self.fill(fixture)
    let before = try fixture.tree()
    FileTransfer.removeTree(fixture.place("dist"))
    let identities = try #require(try fixture.outputs.restore(outputs, removing: []))
    #expect(try fixture.tree() == before)
    #expect(identities == outputs.compactMap { FileIdentity(fixture.place($0.path).string) })
    #expect(FileTransfer.names(in: fixture.state.temporary) == [])
  }

  @Test(arguments: [
    "dist/one", "dist/deep/two", "dist/empty", "dist/link", "dist/dangling", "dist/deep",
    "dist/hollow",
  ])
  func `one deleted output comes back`(path: String) throws {
    let fixture = try CacheFixture()
    let outputs = try Self.fill(fixture)
    let before = try fixture.tree()
    FileTransfer.removeTree(fixture.place(path))
    #expect(try fixture.tree() != before)
    #expect(try fixture.outputs.restore(outputs, removing: outputs) != nil)
    #expect(try fixture.tree() == before)
  }

  @Test func `edited outputs, changed modes and files in the place of links are set right`() throws
  {
    let fixture = try CacheFixture()
    let outputs = try Self.fill(fixture)
    let before = try fixture.tree()
    try fixture.write("dist/one", "else")
    try FileSystem.setMode(fixture.place("dist/deep/two"), 0o600)
    try FileSystem.setMode(fixture.place("dist/hollow/inner"), 0o755)
    try FileSystem.removeFile(fixture.place("dist/link"))
    try fixture.write("dist/link", "a file")
    FileTransfer.removeTree(fixture.place("dist/empty"))
    try FileSystem.createDirectory(fixture.place("dist/empty"))
    #expect(try fixture.outputs.restore(outputs, removing: []) != nil)
    #expect(try fixture.tree() == before)
  }

  @Test func `a missing blob leaves everything as it is`() throws {
    let fixture = try CacheFixture()
    let outputs = try Self.fill(fixture)
    try fixture.write("dist/one", "edited")
    let before = try fixture.tree()
    try FileSystem.removeFile(fixture.blob(Digest.of([])))
    #expect(try fixture.outputs.restore(outputs, removing: outputs) == nil)
    #expect(try fixture.tree() == before)
    #expect(FileTransfer.names(in: fixture.state.temporary) == [])
  }

  @Test func `a blob with a flipped bit leaves everything as it is and is removed`() throws {
    let fixture = try CacheFixture()
    let outputs = try Self.fill(fixture)
    try fixture.write("dist/one", "edited")
    let before = try fixture.tree()
    try fixture.overwrite(fixture.blob(Digest.of("same")), Array("sane".utf8))
    #expect(try fixture.outputs.restore(outputs, removing: outputs) == nil)
    #expect(try fixture.tree() == before)
    #expect(FileIdentity(fixture.blob(Digest.of("same")).string) == nil)
    #expect(FileTransfer.names(in: fixture.state.temporary) == [])
  }

  @Test func `what only the earlier run made goes, foreign and edited files stay`() throws {
    let fixture = try CacheFixture()
    try fixture.write("dist/stays", "1")
    let fewer = try Self.capture(fixture, ["dist/stays"])
    try fixture.write("dist/old", "2")
    try fixture.write("dist/edited", "3")
    try fixture.write("dist/gone/deep/old", "4")
    try FileSystem.createLink(fixture.place("dist/relinked"), to: "old")
    try FileSystem.createDirectory(fixture.place("dist/hollow"))
    let more = try Self.capture(
      fixture,
      ["dist/stays", "dist/old", "dist/edited", "dist/gone/deep/old", "dist/relinked"],
      ["dist/hollow"])
    try fixture.write("dist/edited", "mine")
    try fixture.write("dist/foreign", "mine")
    try FileSystem.removeFile(fixture.place("dist/relinked"))
    try FileSystem.createLink(fixture.place("dist/relinked"), to: "foreign")
    #expect(try fixture.outputs.restore(fewer, removing: more) != nil)
    #expect(
      try fixture.tree() == [
        "dist/ 755", "dist/edited 644 mine", "dist/foreign 644 mine", "dist/relinked -> foreign",
        "dist/stays 644 1",
      ])
  }

  @Test func `a record of no outputs removes those of before and the directories they leave empty`()
    throws
  {
    let fixture = try CacheFixture()
    let outputs = try Self.fill(fixture)
    try fixture.write("keep", "mine")
    #expect(try fixture.outputs.restore([], removing: outputs) == [])
    #expect(try fixture.tree() == ["keep 644 mine"])
  }

  @Test func `a file may become a directory and a directory a file`() throws {
    let fixture = try CacheFixture()
    try fixture.write("out/a", "file")
    try fixture.write("out/b/c", "nested")
    let first = try Self.capture(fixture, ["out/a", "out/b/c"])
    let firstTree = try fixture.tree()
    FileTransfer.removeTree(fixture.place("out"))
    try fixture.write("out/a/x", "nested")
    try fixture.write("out/b", "file")
    let second = try Self.capture(fixture, ["out/a/x", "out/b"])
    let secondTree = try fixture.tree()
    #expect(try fixture.outputs.restore(first, removing: second) != nil)
    #expect(try fixture.tree() == firstTree)
    #expect(try fixture.outputs.restore(second, removing: first) != nil)
    #expect(try fixture.tree() == secondTree)
  }

  @Test(arguments: ["/etc/passwd", "../../outside", "a/../../..", "..", ""])
  func `a link that leads out of the project is refused in both directions`(target: String) throws {
    let fixture = try CacheFixture()
    try FileSystem.createDirectory(fixture.place("dist"))
    if !target.isEmpty {
      // From `dist/link`, `..` alone is the project root.
      let path = target == ".." ? "link" : "dist/link"
      try FileSystem.createLink(fixture.place(path), to: target)
      let error = #expect(throws: CacheError.self) {
        try fixture.outputs.capture([path], emptyDirectories: [])
      }
      #expect(error?.code == .escapes)
      try FileSystem.removeFile(fixture.place(path))
    }
    let forged = OutputFile(
      path: target == ".." ? "link" : "dist/link", type: .symbolicLink, mode: 0,
      size: Int64(target.utf8.count), digest: Digest.of(target), target: target)
    let error = #expect(throws: CacheError.self) {
      try fixture.outputs.restore([forged], removing: [])
    }
    #expect(error?.code == .escapes)
    #expect(FileIdentity(fixture.place(forged.path).string) == nil)
  }

  @Test(arguments: ["../x", "/tmp/stagecraft-escape", "a/../../x", "a//x", "./x", "", "a/", "x\0y"])
  func `a path that leaves the project is refused in both directions`(path: String) throws {
    let fixture = try CacheFixture()
    let digest = try fixture.contents.insert([1])
    let forged = OutputFile(path: path, type: .regular, mode: 0o644, size: 1, digest: digest)
    for attempt in [
      { _ = try fixture.outputs.restore([forged], removing: []) },
      { _ = try fixture.outputs.capture([path], emptyDirectories: []) },
      { _ = try fixture.outputs.capture([], emptyDirectories: [path]) },
    ] {
      let error = #expect(throws: CacheError.self) { try attempt() }
      #expect(error?.code == .escapes)
    }
    #expect(FileIdentity(fixture.directory.string + "/x") == nil)
  }

  @Test func `nothing is written, read or removed through a linked directory`() throws {
    let fixture = try CacheFixture()
    let outside = fixture.directory.appending("outside")
    try fixture.overwrite(outside.appending("file"), Array("same".utf8))
    try fixture.write("dist/file", "same")
    let outputs = try Self.capture(fixture, ["dist/file"])
    FileTransfer.removeTree(fixture.place("dist"))
    try FileSystem.createLink(fixture.place("dist"), to: "../outside")

    #expect(throws: CacheError.self) { try fixture.outputs.restore(outputs, removing: []) }
    #expect(throws: CacheError.self) {
      try fixture.outputs.capture(["dist/file"], emptyDirectories: [])
    }
    #expect(try fixture.outputs.restore([], removing: outputs) == [])
    #expect(FileTransfer.names(in: outside) == ["file"])
    let identity = try #require(FileIdentity(outside.appending("file").string))
    let aside = try fixture.outputs.setAside([(outputs[0], identity)])
    #expect(aside.paths == [])
  }

  @Test func `pipes and what is not there are errors that say so`() throws {
    let fixture = try CacheFixture()
    #expect(fixture.place("pipe").withPlatformString { mkfifo($0, 0o644) } == 0)
    let pipe = #expect(throws: CacheError.self) { try Self.capture(fixture, ["pipe"]) }
    #expect(pipe?.code == .unsupportedType)
    let absent = #expect(throws: CacheError.self) { try Self.capture(fixture, ["absent"]) }
    #expect(absent?.code == .missing)
  }
}
