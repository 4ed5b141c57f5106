// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Outputs of before are out of the way while a task runs, and come back where it fails or is killed.

import Cache
import SystemPackage
import Testing

@Suite struct SetAsideTests {
  static func captured(_ fixture: CacheFixture) throws -> [(OutputFile, FileIdentity)] {
    _ = try OutputStoreTests.fill(fixture)
    return try fixture.outputs.capture(
      ["dist/one", "dist/deep/two", "dist/empty", "dist/link", "dist/deep/up", "dist/dangling"],
      emptyDirectories: ["dist/hollow/inner"])
  }

  @Test func `outputs are away until they are put back, and unchanged then`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    let before = try fixture.tree()
    let aside = try fixture.outputs.setAside(previous)
    #expect(aside.paths.count == 7)
    #expect(try fixture.tree() == ["dist/ 755", "dist/deep/ 755", "dist/hollow/ 755"])
    let returned = try aside.putBack()
    #expect(try fixture.tree() == before)
    #expect(returned.map(\.0) == previous.map(\.0))
    for (output, identity) in returned {
      #expect(FileIdentity(fixture.place(output.path).string) == identity)
    }
    #expect(FileTransfer.names(in: fixture.state.temporary) == [])
  }

  @Test func `what was put back can be set aside again with the identities of before`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    let before = try fixture.tree()
    try fixture.outputs.setAside(previous).putBack()
    let again = try fixture.outputs.setAside(previous)
    #expect(again.paths.count == 7)
    try again.putBack()
    #expect(try fixture.tree() == before)
  }

  @Test func `after a success what was set aside is gone, with directories it alone had filled`()
    throws
  {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    let aside = try fixture.outputs.setAside(previous)
    try fixture.write("dist/one", "new")
    let outputs = try OutputStoreTests.capture(fixture, ["dist/one"])
    try aside.discard(keeping: outputs)
    #expect(try fixture.tree() == ["dist/ 755", "dist/one 644 new"])
    #expect(FileTransfer.names(in: fixture.state.temporary) == [])
    #expect(try fixture.outputs.recoverAll() == [])
  }

  @Test func `an empty directory that is an output of the new run stays`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    let aside = try fixture.outputs.setAside(previous)
    let outputs = try OutputStoreTests.capture(fixture, [], ["dist/deep"])
    try aside.discard(keeping: outputs)
    #expect(try fixture.tree() == ["dist/ 755", "dist/deep/ 755"])
  }

  @Test func `what a failed run left is never overwritten`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    let aside = try fixture.outputs.setAside(previous)
    try fixture.write("dist/one", "half")
    FileSystem.removeEmptyDirectory(fixture.place("dist/deep"))
    try fixture.write("dist/deep", "a file now")
    let returned = try aside.putBack()
    #expect(
      returned.map(\.0.path) == ["dist/dangling", "dist/empty", "dist/hollow/inner", "dist/link"])
    #expect(try fixture.text("dist/one") == "half")
    #expect(try fixture.text("dist/deep") == "a file now")
    #expect(try fixture.text("dist/empty")?.isEmpty == true)
  }

  @Test func `edited, replaced and absent outputs are not moved`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    try fixture.write("dist/one", "edit")
    try FileSystem.removeFile(fixture.place("dist/link"))
    try fixture.write("dist/hollow/inner/foreign", "mine")
    try FileSystem.setMode(fixture.place("dist/empty"), 0o644)
    let aside = try fixture.outputs.setAside(previous)
    #expect(aside.paths == ["dist/dangling", "dist/deep/two", "dist/deep/up"])
    try aside.discard()
    #expect(try fixture.text("dist/one") == "edit")
    #expect(try fixture.text("dist/hollow/inner/foreign") == "mine")
    #expect(try fixture.text("dist/empty")?.isEmpty == true)
  }

  @Test func `what a killed process had set aside comes back, also half of it`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    let before = try fixture.tree()
    do {
      // The lock goes with the value, as it does with a process.
      _ = try fixture.outputs.setAside(previous)
    }
    #expect(try fixture.tree() != before)
    #expect(try fixture.outputs.recoverAll().count == 7)
    #expect(try fixture.tree() == before)

    do { _ = try fixture.outputs.setAside(previous) }
    let name = try #require(FileTransfer.names(in: fixture.state.temporary).first)
    let directory = fixture.state.temporary.appending(name)
    // As if it had been killed before the move of the fifth, which is `dist/hollow/inner`.
    try FileSystem.createDirectory(fixture.place("dist/hollow/inner"))
    try FileSystem.setMode(fixture.place("dist/hollow/inner"), 0o711)
    try FileSystem.rename(directory.appending("6"), to: fixture.place("dist/one"))
    #expect(try fixture.outputs.recoverAll().count == 5)
    #expect(try fixture.tree() == before)
    #expect(FileTransfer.names(in: fixture.state.temporary) == [])
  }

  @Test func `what a living process has set aside is left alone`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    let aside = try fixture.outputs.setAside(previous)
    let during = try fixture.tree()
    #expect(try fixture.outputs.recoverAll() == [])
    #expect(try fixture.tree() == during)
    #expect(try aside.putBack().count == 7)
  }

  @Test func `a damaged list of what was set aside loses files and nothing else`() throws {
    let fixture = try CacheFixture()
    let previous = try Self.captured(fixture)
    do { _ = try fixture.outputs.setAside([previous[0]]) }
    let name = try #require(FileTransfer.names(in: fixture.state.temporary).first)
    let index = fixture.state.temporary.appending(name).appending("index")
    let bytes = try #require(try FileSystem.read(index))
    let during = try fixture.tree()
    for (damage, damaged) in damages(of: bytes) {
      try fixture.overwrite(index, damaged)
      #expect(try fixture.outputs.recoverAll() == [], "\(damage)")
      #expect(try fixture.tree() == during, "\(damage)")
    }
  }

  @Test func `the rest of a restore that was killed is cleared away`() throws {
    let fixture = try CacheFixture()
    let stage = fixture.state.temporary.appending("restore-.tmp-1-x")
    try fixture.overwrite(stage.appending("0"), [1])
    try fixture.overwrite(fixture.state.temporary.appending("other"), [1])
    #expect(try fixture.outputs.recoverAll() == [])
    #expect(FileTransfer.names(in: fixture.state.temporary) == ["other"])
  }
}
