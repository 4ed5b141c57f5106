// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A cache on a full or read-only volume: errors for the caller to warn of, and reads that go on.

import Cache
import Glibc
import SystemPackage
import Testing

/// A small volume in memory, as long as it lives; only root can make one.
private final class Volume: Sendable {
  let path: FilePath

  init?(_ path: FilePath, size: String) {
    self.path = path
    do { try FileSystem.createDirectory(path) } catch { return nil }
    guard Self.mount(path, 0, "size=\(size)") else { return nil }
  }

  deinit { _ = path.withPlatformString { umount2($0, Int32(MNT_DETACH)) } }

  func makeReadOnly() -> Bool {
    Self.mount(path, UInt(MS_REMOUNT | MS_RDONLY), "")
  }

  private static func mount(_ path: FilePath, _ flags: UInt, _ options: String) -> Bool {
    path.withPlatformString { Glibc.mount("tmpfs", $0, "tmpfs", flags, options) } == 0
  }

  static var isPossible: Bool {
    do {
      let fixture = try CacheFixture()
      return Volume(fixture.directory.appending("probe"), size: "64k") != nil
    } catch {
      return false
    }
  }
}

@Suite(.enabled(if: Volume.isPossible, "needs the right to mount a tmpfs"))
struct FullDiskTests {
  @Test func `a full disk is an error, leaves no half blob, and what is there is still read`()
    throws
  {
    let fixture = try CacheFixture()
    let volume = try #require(Volume(fixture.layout.root, size: "256k"))
    let small = try fixture.contents.insert(Array("small".utf8))
    try fixture.overwrite(fixture.place("big"), [UInt8](repeating: 7, count: 1_500_000))
    let large = #expect(throws: CacheError.self) {
      try fixture.contents.insert(fileAt: fixture.place("big"))
    }
    #expect(large?.code == .system(.noSpace))
    let medium = #expect(throws: CacheError.self) {
      try fixture.contents.insert([UInt8](repeating: 8, count: 500_000))
    }
    #expect(medium?.code == .system(.noSpace))
    #expect(FileTransfer.names(in: fixture.layout.temporary) == [])
    #expect(try fixture.contents.read(small) == Array("small".utf8))
    #expect(Collector(layout: fixture.layout).usage().blobs == 1)
    withExtendedLifetime(volume) {}
  }

  @Test func `a full disk of the project leaves outputs and index as they were`() throws {
    let fixture = try CacheFixture()
    let contents = fixture.contents
    let root = fixture.directory.appending("small")
    let volume = try #require(Volume(root, size: "256k"))
    let state = StateLayout(projectRoot: root)
    try state.prepare()
    let store = OutputStore(root: root, contents: contents, state: state)
    let big = try contents.insert([UInt8](repeating: 9, count: 500_000))
    try fixture.overwrite(root.appending("out"), Array("old".utf8))
    let output = OutputFile(
      path: "out", type: .regular, mode: 0o644, size: 500_000, digest: big)
    let error = #expect(throws: CacheError.self) {
      try store.restore([output], removing: [])
    }
    #expect(error?.code == .system(.noSpace))
    #expect(try FileSystem.read(root.appending("out")) == Array("old".utf8))
    #expect(FileTransfer.names(in: state.temporary) == [])

    var index = TaskIndex()
    index.update(TaskIndexTests.entry("kept", at: 1))
    try index.save(to: state.taskIndex)
    for number in 0..<2_000 { index.update(TaskIndexTests.entry("\(number)", at: 1)) }
    #expect(throws: CacheError.self) { try index.save(to: state.taskIndex) }
    #expect(TaskIndex.load(state.taskIndex)["kept"] != nil)
    withExtendedLifetime(volume) {}
  }

  @Test func `outputs on another volume than the state directory are restored and set aside`()
    throws
  {
    let fixture = try CacheFixture()
    let volume = try #require(Volume(fixture.place("dist"), size: "256k"))
    try fixture.write("dist/file", "content", mode: 0o755)
    try FileSystem.createLink(fixture.place("dist/link"), to: "file")
    let before = try fixture.tree()
    let previous = try fixture.outputs.capture(
      ["dist/file", "dist/link"], emptyDirectories: [])
    let aside = try fixture.outputs.setAside(previous)
    #expect(try fixture.text("dist/file") == nil)
    try aside.putBack()
    #expect(try fixture.tree() == before)
    try FileSystem.removeFile(fixture.place("dist/file"))
    #expect(try fixture.outputs.restore(previous.map(\.0), removing: []) != nil)
    #expect(try fixture.tree() == before)
    withExtendedLifetime(volume) {}
  }

  @Test func `a read-only cache is read, and every write to it is an error`() throws {
    let fixture = try CacheFixture()
    let volume = try #require(Volume(fixture.layout.root, size: "256k"))
    let (key, blob) = try fixture.store("a", letter: "a", size: 10, seconds: 48 * 3600)
    _ = try Collector(layout: fixture.layout, budget: 1_000_000).collect(force: true)
    #expect(volume.makeReadOnly())
    #expect(fixture.actions.record(for: key) != nil)
    #expect(fixture.contents.contains(blob, size: 10))
    #expect(
      try fixture.contents.copy(blob, size: 10, to: fixture.place("out"), mode: 0o644))
    #expect(try fixture.contents.insert([UInt8](repeating: 97, count: 10)) == blob)
    let insert = #expect(throws: CacheError.self) { try fixture.contents.insert([1]) }
    #expect(insert?.code == .system(.readOnlyFileSystem))
    #expect(throws: CacheError.self) { try fixture.actions.store(ActionCacheTests.record) }
    let collector = Collector(layout: fixture.layout)
    #expect(throws: CacheError.self) { try collector.collect(force: true) }
    #expect(collector.usage().blobs == 1)
  }
}
