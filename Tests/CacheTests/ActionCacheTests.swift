// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The action cache gives back the record it was given, or nothing.

import Cache
import SystemPackage
import Testing

@Suite struct ActionCacheTests {
  static let record = ActionRecord(
    key: Digest.of("key"), task: "api.build", value: [1, 2, 3],
    outputs: [
      OutputFile(path: "z", type: .regular, mode: 0o755, size: 4, digest: Digest.of("zzzz")),
      OutputFile(path: "empty", type: .directory, mode: 0o700, size: 0, digest: Digest.of([])),
      OutputFile(
        path: "link", type: .symbolicLink, mode: 0, size: 1, digest: Digest.of("z"), target: "z"),
    ],
    log: Digest.of("log"), logSize: 3, duration: 1_500_000_000)

  @Test func `a record is read back whole, its outputs sorted by path`() throws {
    let fixture = try CacheFixture()
    try fixture.actions.store(Self.record)
    let found = try #require(fixture.actions.record(for: Digest.of("key")))
    #expect(found == Self.record)
    #expect(found.outputs.map(\.path) == ["empty", "link", "z"])
    #expect(found.blobs.map(\.digest) == [Digest.of("zzzz"), Digest.of("log")])
    #expect(fixture.actions.record(for: Digest.of("other")) == nil)
    #expect(FileTransfer.names(in: fixture.layout.temporary) == [])
  }

  @Test func `a record cut at any byte, or with any byte changed, is removed and is a miss`()
    throws
  {
    let fixture = try CacheFixture()
    try fixture.actions.store(Self.record)
    let path = fixture.record(Self.record.key)
    let bytes = try #require(try FileSystem.read(path))
    for (name, damaged) in damages(of: bytes) + [("one byte more", bytes + [0])] {
      try fixture.overwrite(path, damaged)
      #expect(fixture.actions.record(for: Self.record.key) == nil, "\(name)")
      #expect(FileIdentity(path.string) == nil, "\(name)")
    }
  }

  @Test func `a record under the key of another is removed and is a miss`() throws {
    let fixture = try CacheFixture()
    try fixture.actions.store(Self.record)
    let bytes = try #require(try FileSystem.read(fixture.record(Self.record.key)))
    try fixture.overwrite(fixture.record(Digest.of("other")), bytes)
    #expect(fixture.actions.record(for: Digest.of("other")) == nil)
    #expect(fixture.actions.record(for: Self.record.key) != nil)
  }

  @Test func `a record is replaced by a later one of its key, and can be removed`() throws {
    let fixture = try CacheFixture()
    try fixture.actions.store(Self.record)
    let later = ActionRecord(key: Self.record.key, task: "api.build", value: [9], outputs: [])
    try fixture.actions.store(later)
    #expect(fixture.actions.record(for: Self.record.key) == later)
    try fixture.actions.remove(Self.record.key)
    #expect(fixture.actions.record(for: Self.record.key) == nil)
    try fixture.actions.remove(Self.record.key)
  }

  @Test func `a hit marks the record before its blobs, so that blobs are never older`() throws {
    let fixture = try CacheFixture()
    let (key, blob) = try fixture.store("a", letter: "a", size: 10, seconds: 48 * 3600)
    _ = fixture.actions.record(for: key)
    _ = fixture.contents.contains(blob, size: 10)
    let record = try #require(FileIdentity(fixture.record(key).string))
    let content = try #require(FileIdentity(fixture.blob(blob).string))
    #expect(content.modified >= record.modified)
    let once = record.modified
    _ = fixture.actions.record(for: key)
    #expect(FileIdentity(fixture.record(key).string)?.modified == once)
  }
}
