// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A digest is right whatever was done to the file, and files are not read without need. Proves
// spec/core/file-digests.md.

import SystemPackage
import Testing

@testable import Cache

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct FileDigestsTests {
  @Test func `a file is read once while it stays`() throws {
    let box = try FileSandbox()
    try box.write("a", "one")
    let digests = box.digests()
    try box.age("a", digests)
    let entry = try #require(try digests.entry(for: "a"))
    #expect(entry.digest == Digest.of("one"))
    #expect(try digests.entry(for: "a") == entry)
    #expect(digests.statistics == (2, 1, 3))
    #expect(digests.isUnchanged(entry) && digests.isTrustworthy(entry.identity))
    try box.write("a", "two")
    #expect(!digests.isUnchanged(entry))
    #expect(try digests.entry(for: "a")?.digest == Digest.of("two"))
  }

  @Test func `types are told apart`() throws {
    let box = try FileSandbox()
    let digests = box.digests()
    try box.link("link", to: "a")
    try box.directory("dir")
    mkfifo(box.path("pipe").string, 0o644)
    #expect(try digests.entry(for: "none") == nil)
    #expect(try digests.entry(for: "none/below") == nil)
    #expect(try digests.entry(for: "link")?.digest == Digest.of("a"))
    #expect(try digests.entry(for: "dir")?.identity.type == .directory)
    #expect(try digests.entry(for: box.path("link").string)?.digest == Digest.of("a"))
    #expect(throws: CacheError(.unsupportedType, "read", "pipe")) {
      try digests.entry(for: "pipe")
    }
  }

  @Test(
    arguments: [
      // mtime, ctime, the clock, whether the file is older
      (5, 5, 6, true), (5, 5, 5, false), (6, 5, 6, false), (5, 6, 6, false), (5, 7, 6, false),
      (7, 5, 6, false), (4_000_000_001, 4_000_000_001, 6_000_000_002, true),
      (3_999_999_999, 3_999_999_999, 6_000_000_000, true),
      (4_000_000_000, 4_000_000_000, 6_000_000_000, false),
    ] as [(Int64, Int64, Int64, Bool)])
  func `a file is trusted only if all its times are older than the clock`(
    _ row: (Int64, Int64, Int64, Bool)
  ) {
    let identity = FileIdentity(inode: 1, size: 1, modified: row.0, changed: row.1, mode: 0o100644)
    #expect(ClockProbe.isOlder(identity, than: row.2) == row.3)
  }

  @Test func `a saved index saves reading`() async throws {
    let box = try FileSandbox()
    let names = (0..<300).map { "f\($0)" }
    for name in names { try box.write(name, name) }
    let first = box.digests()
    try box.age("f299", first)
    let entries = try await first.entries(for: names + ["none"])
    #expect(first.statistics.hashed == 300)
    #expect(entries.last == .some(nil))
    try first.save()
    let second = box.digests()
    #expect(try await second.entries(for: names + ["none"]) == entries)
    #expect(second.statistics == (301, 0, 0))
    let before = try box.identity("digests.idx")
    try second.save()
    #expect(try box.identity("digests.idx") == before, "nothing changed, nothing is written")
  }

  @Test func `an index forgets what nobody asks for`() throws {
    let box = try FileSandbox()
    try box.write("old", "old")
    let first = box.digests()
    try box.age("old", first)
    _ = try first.entry(for: "old")
    try first.save()
    for round in 0..<70 {
      try box.write("new", "\(round)")
      let digests = box.digests()
      try box.age("new", digests)
      _ = try digests.entry(for: "new")
      try digests.save()
    }
    let last = box.digests()
    _ = try last.entry(for: "new")
    #expect(last.statistics.hashed == 0)
    _ = try last.entry(for: "old")
    #expect(last.statistics.hashed == 1)
  }

  @Test func `without a place for the probe nothing is trusted`() throws {
    let box = try FileSandbox()
    try box.write("a", "a")
    for directory in [nil, box.path("none")] {
      let digests = FileDigests(root: box.root, index: nil, probeDirectory: directory)
      let entry = try #require(try digests.entry(for: "a"))
      _ = try digests.entry(for: "a")
      #expect(digests.statistics.hashed == 2 && !digests.isTrustworthy(entry.identity))
    }
  }

  @Test func `looking leaves nothing behind`() throws {
    let box = try FileSandbox()
    try box.write("a", "a")
    let digests = box.digests()
    _ = try digests.entry(for: "a")
    let glob = try Glob(patterns: ["**"])
    #expect(try GlobWalk.expand(glob, base: "", root: box.root).files == ["a"])
  }

  @Test func `a file from the future is read every time`() throws {
    let box = try FileSandbox()
    try box.write("a", "a")
    try box.setModified("a", 4_000_000_000_000_000_000)
    let digests = box.digests()
    for _ in 0..<3 { _ = try digests.entry(for: "a") }
    #expect(digests.statistics.hashed == 3)
  }

  @Test func `a rewrite of equal size in place within a tick is seen`() throws {
    let box = try FileSandbox()
    let digests = box.digests()
    for round in 0..<2000 {
      let text = round % 2 == 0 ? "aaaa" : "bbbb"
      try box.write("a", text)
      #expect(try digests.entry(for: "a")?.digest == Digest.of(text), "round \(round)")
    }
  }

  @Test func `equal size and a copied mtime do not hide a change`() throws {
    let box = try FileSandbox()
    try box.write("a", "aaaa")
    let digests = box.digests()
    try box.age("a", digests)
    _ = try digests.entry(for: "a")
    let time = try box.identity("a").modified
    try box.write("a", "bbbb")
    try box.setModified("a", time)
    #expect(try digests.entry(for: "a")?.digest == Digest.of("bbbb"))
  }

  @Test func `a file moved over another of equal size and mtime is seen`() throws {
    let box = try FileSandbox()
    try box.write("a", "aaaa")
    try box.write("b", "bbbb")
    let digests = box.digests()
    for name in ["a", "b"] { try box.setModified(name, 1_000_000_000_000_000_000) }
    try box.age("b", digests)
    _ = try digests.entry(for: "a")
    try box.rename("b", to: "a")
    #expect(try digests.entry(for: "a")?.digest == Digest.of("bbbb"))
  }

  @Test func `files of one name in two directories are two files`() throws {
    let box = try FileSandbox()
    try box.write("d1/x", "1111")
    try box.write("d2/x", "2222")
    for name in ["d1/x", "d2/x"] { try box.setModified(name, 1_000_000_000_000_000_000) }
    let digests = box.digests()
    try box.age("d2/x", digests)
    #expect(try digests.entry(for: "d1/x")?.digest == Digest.of("1111"))
    #expect(try digests.entry(for: "d2/x")?.digest == Digest.of("2222"))
    try box.rename("d1/x", to: "t")
    try box.rename("d2/x", to: "d1/x")
    try box.rename("t", to: "d2/x")
    #expect(try digests.entry(for: "d1/x")?.digest == Digest.of("2222"))
    #expect(try digests.entry(for: "d2/x")?.digest == Digest.of("1111"))
  }

  @Test func `settling makes young files trusted`() throws {
    let box = try FileSandbox()
    let digests = box.digests()
    try box.write("a", "a")
    // The mtime lies ahead, so that the file stays young until it is set back.
    try box.setModified("a", 4_000_000_000_000_000_000)
    _ = try digests.entry(for: "a")
    try box.setModified("a", 1_000_000_000_000_000_000)
    try box.age("a", digests)
    #expect(try digests.settle(["a", "none"]) == [])
    let hashed = digests.statistics.hashed
    _ = try digests.entry(for: "a")
    #expect(digests.statistics.hashed == hashed)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `after any row of changes digests are those of the bytes`(_ seed: UInt64) throws {
    let box = try FileSandbox()
    var random = SeededGenerator(seed: seed)
    let names = (0..<8).map { "d\($0 % 2)/f\($0)" }
    try box.directory("d0")
    try box.directory("d1")
    var digests = box.digests()
    for step in 0..<1000 {
      let name = names.randomElement(using: &random) ?? "d0/f0"
      let other = names.randomElement(using: &random) ?? "d0/f0"
      let text = ["aaaa", "bbbb", "cccc", "dd"].randomElement(using: &random) ?? ""
      let old = FileIdentity(box.path(name).string)
      switch Int.random(in: 0..<9, using: &random) {
      case 0:
        if old?.type == .symbolicLink { try box.delete(name) }
        try box.write(name, text)
      case 1:
        if let old, old.type == .regular {
          try box.write(name, text)
          try box.setModified(name, old.modified)
        }
      case 2: try box.delete(name)
      case 3: if old != nil, name != other { try box.rename(name, to: other) }
      case 4:
        if old != nil, name != other, FileIdentity(box.path(other).string) != nil {
          try box.rename(name, to: "t")
          try box.rename(other, to: name)
          try box.rename("t", to: other)
        }
      case 5:
        try box.delete(name)
        try box.link(name, to: text)
      case 6: if old?.type == .regular { try FileSystem.setMode(box.path(name), 0o755) }
      case 7:
        try digests.save()
        digests = box.digests()
        let paranoid = box.digests(isParanoid: true)
        for name in names { _ = try paranoid.entry(for: name) }
        #expect(paranoid.mismatches == [], "seed \(seed), step \(step)")
      default: digests.refreshProbe()
      }
      for name in names {
        let found = try digests.entry(for: name)
        let identity = FileIdentity(box.path(name).string)
        let expected: Digest?
        switch identity?.type {
        case .regular: expected = try box.read(name).map { Digest.of($0) }
        case .symbolicLink:
          expected = Digest.of(try FileDigestsTests.target(box.path(name).string))
        default: expected = nil
        }
        #expect(found?.digest == expected, "seed \(seed), step \(step), \(name)")
        #expect(found?.identity == identity)
      }
    }
  }

  static func target(_ path: String) throws -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = buffer.withUnsafeMutableBytes { raw in
      raw.bindMemory(to: CChar.self).baseAddress.map { readlink(path, $0, 256) } ?? -1
    }
    guard count >= 0 else { throw Errno(rawValue: errno) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  @Test func `a paranoid one reports a digest that is wrong`() throws {
    let box = try FileSandbox()
    try box.write("a", "a")
    let digests = box.digests()
    try box.age("a", digests)
    _ = try digests.entry(for: "a")
    try digests.save()
    let good = box.digests(isParanoid: true)
    _ = try good.entry(for: "a")
    #expect(good.statistics.hashed == 1 && good.mismatches == [])
  }

  @Test func `an index cut or flipped anywhere is at most a miss`() throws {
    let box = try FileSandbox()
    for name in ["a", "bb", "ccc"] { try box.write(name, name) }
    let first = box.digests()
    try box.age("ccc", first)
    for name in ["a", "bb", "ccc"] { _ = try first.entry(for: name) }
    try first.save()
    let file = try #require(try box.read("digests.idx"))
    func check(_ bytes: [UInt8], _ what: String) throws {
      try box.write("digests.idx", bytes: bytes)
      let digests = box.digests()
      for name in ["a", "bb", "ccc"] {
        #expect(try digests.entry(for: name)?.digest == Digest.of(name), "\(what)")
      }
      #expect(digests.statistics.hashed == 3, "\(what)")
    }
    for count in 0..<file.count { try check(Array(file[..<count]), "cut at \(count)") }
    for position in file.indices {
      var bytes = file
      bytes[position] ^= 1 << UInt8(position % 8)
      try check(bytes, "flipped at \(position)")
    }
  }

  @Test func `sixty-four descriptors are enough`() async {
    await #expect(processExitsWith: .success) {
      let box = try FileSandbox()
      var limit = rlimit(rlim_cur: 64, rlim_max: 64)
      #if canImport(Darwin)
        setrlimit(RLIMIT_NOFILE, &limit)
      #else
        setrlimit(__rlimit_resource_t(7), &limit)
      #endif
      var names: [String] = []
      var directory = "d"
      for depth in 0..<150 {
        for file in 0..<4 {
          names.append("\(directory)/f\(file)")
          try box.write("\(directory)/f\(file)", "\(depth)")
        }
        directory += "/d"
      }
      let glob = try Glob(patterns: ["**"])
      let found = try GlobWalk.expand(glob, base: "", root: box.root)
      guard found.files.count == names.count else { exit(3) }
      let entries = try await box.digests().entries(for: found.files)
      guard entries.allSatisfy({ $0 != nil }) else { exit(4) }
      let contents = try ContextTree.files(root: box.root, context: "")
      guard contents.files.count == names.count else { exit(5) }
    }
  }
}
