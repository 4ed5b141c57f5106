// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The content store gives back the bytes it was given, or nothing.

import Cache
import Glibc
import Synchronization
import SystemPackage
import Testing

@Suite struct ContentStoreTests {
  @Test func `bytes that are stored are read back and lie read-only under their digest`() throws {
    let fixture = try CacheFixture()
    let digest = try fixture.contents.insert(Array("hello".utf8))
    #expect(digest == Digest.of("hello"))
    #expect(try fixture.contents.read(digest) == Array("hello".utf8))
    let path = fixture.layout.root.string + "/cas/sha256/2c/" + digest.hex.dropFirst(2)
    let identity = try #require(FileIdentity(path))
    #expect(identity.mode & 0o777 == 0o444)
    #expect(FileIdentity(fixture.layout.root.string).map { $0.mode & 0o777 } == 0o700)
    #expect(FileTransfer.names(in: fixture.layout.temporary) == [])
  }

  @Test(arguments: [0, 1, 4096, 1024 * 1024 + 1, 3_000_000])
  func `a file is stored with its identity and copied out with the mode asked for`(
    size: Int
  ) throws {
    let fixture = try CacheFixture()
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let source = fixture.place("source")
    try fixture.overwrite(source, bytes)
    let (digest, identity) = try fixture.contents.insert(fileAt: source)
    #expect(digest == Digest.of(bytes))
    #expect(identity == FileIdentity(source.string))
    let target = fixture.place("target")
    #expect(
      try fixture.contents.copy(digest, size: Int64(size), to: target, mode: 0o751))
    #expect(try FileSystem.read(target) == bytes)
    #expect(FileIdentity(target.string).map { $0.mode & 0o777 } == 0o751)
    #expect(FileTransfer.names(in: fixture.layout.temporary) == [])
  }

  @Test func `a copy is never a hard link to the store`() throws {
    let fixture = try CacheFixture()
    let digest = try fixture.contents.insert(Array("hello".utf8))
    let target = fixture.place("target")
    #expect(try fixture.contents.copy(digest, size: 5, to: target, mode: 0o644))
    try fixture.overwrite(target, Array("other".utf8))
    #expect(try fixture.contents.read(digest) == Array("hello".utf8))
  }

  @Test func `a copy never overwrites`() throws {
    let fixture = try CacheFixture()
    let digest = try fixture.contents.insert(Array("hello".utf8))
    try fixture.write("target", "mine")
    #expect(throws: CacheError.self) {
      try fixture.contents.copy(digest, size: 5, to: fixture.place("target"), mode: 0o644)
    }
    #expect(try fixture.text("target") == "mine")
  }

  @Test func `a blob with any byte changed or cut off is removed and is a miss`() throws {
    let fixture = try CacheFixture()
    let bytes = Array("some bytes of a blob".utf8)
    let digest = try fixture.contents.insert(bytes)
    let size = Int64(bytes.count)
    for (name, damaged) in damages(of: bytes) {
      try fixture.overwrite(fixture.blob(digest), damaged)
      #expect(try fixture.contents.read(digest) == nil, "\(name)")
      #expect(FileIdentity(fixture.blob(digest).string) == nil, "\(name)")

      try fixture.overwrite(fixture.blob(digest), damaged)
      let target = fixture.place("target")
      #expect(
        try !fixture.contents.copy(digest, size: size, to: target, mode: 0o644), "\(name)")
      #expect(FileIdentity(target.string) == nil, "\(name)")
      #expect(FileIdentity(fixture.blob(digest).string) == nil, "\(name)")
    }
    #expect(try fixture.contents.insert(bytes) == digest)
    #expect(try fixture.contents.read(digest) == bytes)
  }

  @Test func `a blob of another size does not count as present, and is stored anew`() throws {
    let fixture = try CacheFixture()
    let digest = try fixture.contents.insert(Array("hello".utf8))
    #expect(fixture.contents.contains(digest, size: 5))
    #expect(!fixture.contents.contains(Digest.of("absent"), size: 6))
    try fixture.overwrite(fixture.blob(digest), Array("hell".utf8))
    _ = try fixture.contents.insert(Array("hello".utf8))
    #expect(try fixture.contents.read(digest) == Array("hello".utf8))
    try fixture.overwrite(fixture.blob(digest), Array("hell".utf8))
    #expect(!fixture.contents.contains(digest, size: 5))
  }

  @Test func `being asked for marks a blob as used at most once a day`() throws {
    let fixture = try CacheFixture()
    let digest = try fixture.contents.insert(Array("hello".utf8))
    let path = fixture.blob(digest)
    try fixture.age(path, seconds: 23 * 3600)
    let young = FileIdentity(path.string)?.modified
    #expect(fixture.contents.contains(digest, size: 5))
    #expect(FileIdentity(path.string)?.modified == young)
    try fixture.age(path, seconds: 25 * 3600)
    let old = try #require(FileIdentity(path.string)?.modified)
    #expect(fixture.contents.contains(digest, size: 5))
    #expect(try #require(FileIdentity(path.string)?.modified) > old + 24 * 3600 * 1_000_000_000)
  }

  @Test func `storing what is there already marks it as used and writes nothing`() throws {
    let fixture = try CacheFixture()
    let digest = try fixture.contents.insert(Array("hello".utf8))
    let path = fixture.blob(digest)
    try fixture.age(path, seconds: 3600)
    let before = try #require(FileIdentity(path.string))
    _ = try fixture.contents.insert(Array("hello".utf8))
    let after = try #require(FileIdentity(path.string))
    #expect(after.inode == before.inode)
    #expect(after.modified > before.modified)
  }

  @Test func `only regular files are stored, links and pipes are refused without waiting`() throws {
    let fixture = try CacheFixture()
    try fixture.write("file", "x")
    try FileSystem.createLink(fixture.place("link"), to: "file")
    #expect(fixture.place("pipe").withPlatformString { mkfifo($0, 0o644) } == 0)
    for name in ["link", "pipe", ".stagecraft"] {
      let error = #expect(throws: CacheError.self) {
        try fixture.contents.insert(fileAt: fixture.place(name))
      }
      #expect(error?.code == .unsupportedType, "\(name)")
    }
    let error = #expect(throws: CacheError.self) {
      try fixture.contents.insert(fileAt: fixture.place("absent"))
    }
    #expect(error?.code == .missing)
  }

  @Test func `a cache that is deleted between two calls comes back`() throws {
    let fixture = try CacheFixture()
    let first = try fixture.contents.insert(Array("one".utf8))
    FileTransfer.removeTree(fixture.layout.root)
    #expect(try fixture.contents.read(first) == nil)
    #expect(!fixture.contents.contains(first, size: 3))
    let second = try fixture.contents.insert(Array("two".utf8))
    #expect(try fixture.contents.read(second) == Array("two".utf8))
  }

  @Test func `a cache that cannot be made is an error and not a crash`() throws {
    let fixture = try CacheFixture()
    try fixture.overwrite(fixture.layout.root, Array("a file in the way".utf8))
    #expect(throws: CacheError.self) { try fixture.contents.insert([1]) }
    #expect(try fixture.contents.read(Digest.of([1])) == nil)
    #expect(fixture.actions.record(for: Digest.of([1])) == nil)
  }

  @Test func `eight threads that store the same and other bytes leave whole blobs`() throws {
    let fixture = try CacheFixture()
    inThreads(8) { number in
      for round in 0..<30 {
        let own = Array("\(number) \(round)".utf8)
        let shared = Array("shared \(round)".utf8)
        for bytes in [own, shared] {
          do {
            let digest = try fixture.contents.insert(bytes)
            #expect(try fixture.contents.read(digest) == bytes)
          } catch {
            Issue.record("\(error)")
          }
        }
      }
    }
    let usage = Collector(layout: fixture.layout, budget: 1).usage()
    #expect(usage.blobs == 8 * 30 + 30)
    #expect(FileTransfer.names(in: fixture.layout.temporary) == [])
  }

  @Test func `a file that changes all the time is unstable or stored as it was at one moment`()
    throws
  {
    final class Progress: Sendable {
      let rounds = Atomic<Int>(0)
      let isDone = Atomic<Bool>(false)
    }
    let fixture = try CacheFixture()
    let path = fixture.place("changing")
    let size = 4_000_000
    try fixture.overwrite(path, [UInt8](repeating: 0, count: size))
    let progress = Progress()
    inThreads(2) { number in
      do {
        if number == 0 {
          let descriptor = try FileSystem.openForUpdate(path, mode: 0o644)
          defer { FileTransfer.close(descriptor) }
          while !progress.isDone.load(ordering: .relaxed) {
            let round = progress.rounds.wrappingAdd(1, ordering: .relaxed).newValue
            let piece = [UInt8](repeating: UInt8(round % 100), count: 50_000)
            for start in stride(from: 0, to: size, by: piece.count) {
              let count = piece.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(start))
              }
              #expect(count == piece.count)
            }
          }
        } else {
          defer { progress.isDone.store(true, ordering: .relaxed) }
          while progress.rounds.load(ordering: .relaxed) < 2 { sched_yield() }
          for _ in 0..<4 {
            do throws(CacheError) {
              let stored = try fixture.contents.insert(fileAt: path)
              let bytes = try fixture.contents.read(stored.digest) ?? []
              let isMoment = Self.isMoment(bytes)
              #expect(isMoment)
            } catch {
              #expect(error.code == .unstable)
            }
          }
        }
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  /// Whether a file that is filled from its start with one number after the other held these bytes
  /// at some moment: the newer number first, then at most the one before it.
  private static func isMoment(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, let last = bytes.last else { return false }
    var low = 0
    var high = bytes.count
    while low < high {
      let middle = (low + high) / 2
      if bytes[middle] == first { low = middle + 1 } else { high = middle }
    }
    let expected =
      [UInt8](repeating: first, count: low) + [UInt8](repeating: last, count: bytes.count - low)
    return (first == last || (last + 1) % 100 == first)
      && memcmp(bytes, expected, bytes.count) == 0
  }
}
