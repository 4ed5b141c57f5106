// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The task index remembers the later entry of a task, or forgets it.

import Cache
import SystemPackage
import Testing

@Suite struct TaskIndexTests {
  static func entry(_ task: String, at: Int64, value: UInt8 = 1) -> TaskIndex.Entry {
    var manifest = Manifest()
    manifest.add(.input, "src/\(task)", Digest.of(task))
    let output = OutputFile(
      path: "out/\(task)", type: .regular, mode: 0o644, size: 1, digest: Digest.of([value]))
    return TaskIndex.Entry(
      task: task, key: manifest.key, manifest: manifest, value: [value],
      valueDigest: Digest.of([value]), outputs: [output],
      identities: [FileIdentity(inode: 1, size: 1, modified: 2, changed: 3, mode: 0o100644)],
      duration: 5, runID: "run", succeeded: true,
      lastChanges: [Manifest.Change(field: .input, name: "a", old: nil, new: "b")], ranAt: at)
  }

  @Test func `entries are read back whole, manifest and changes too`() throws {
    let fixture = try CacheFixture()
    let path = fixture.state.taskIndex
    var index = TaskIndex.load(path)
    #expect(index.tasks == [])
    index.update(Self.entry("b", at: 1))
    index.update(Self.entry("a", at: 1))
    #expect(index["a"] == Self.entry("a", at: 1))
    try index.save(to: path)
    #expect(index["a"] == Self.entry("a", at: 1))
    let loaded = TaskIndex.load(path)
    #expect(loaded.tasks.sorted() == ["a", "b"])
    #expect(loaded["a"] == Self.entry("a", at: 1))
    #expect(loaded["b"]?.manifest.entries.last?.name == "src/b")
    #expect(loaded["c"] == nil)
  }

  @Test func `of two entries the later counts, whoever saves first`() throws {
    let fixture = try CacheFixture()
    let path = fixture.state.taskIndex
    var first = TaskIndex.load(path)
    var second = TaskIndex.load(path)
    first.update(Self.entry("shared", at: 10, value: 1))
    first.update(Self.entry("mine", at: 10))
    second.update(Self.entry("shared", at: 5, value: 2))
    second.update(Self.entry("theirs", at: 5))
    try first.save(to: path)
    try second.save(to: path)
    let loaded = TaskIndex.load(path)
    #expect(loaded.tasks.sorted() == ["mine", "shared", "theirs"])
    #expect(loaded["shared"]?.value == [1])
    #expect(second["shared"]?.value == [1])
    #expect(second["mine"] != nil)
  }

  @Test func `saving what was not changed writes nothing`() throws {
    let fixture = try CacheFixture()
    var index = TaskIndex.load(fixture.state.taskIndex)
    try index.save(to: fixture.state.taskIndex)
    #expect(FileIdentity(fixture.state.taskIndex.string) == nil)
  }

  @Test func `an index cut at any byte or with any byte changed forgets, and never lies`() throws {
    let fixture = try CacheFixture()
    let path = fixture.state.taskIndex
    var index = TaskIndex()
    let names = ["a", "b", "c"]
    for name in names { index.update(Self.entry(name, at: 1)) }
    try index.save(to: path)
    let bytes = try #require(try FileSystem.read(path))
    for (damage, damaged) in damages(of: bytes) {
      try fixture.overwrite(path, damaged)
      let loaded = TaskIndex.load(path)
      var found = 0
      for name in names {
        guard let entry = loaded[name] else { continue }
        found += 1
        #expect(entry == Self.entry(name, at: 1), "\(damage)")
      }
      #expect(found < names.count, "\(damage)")
      #expect(loaded["d"] == nil)
    }
    // What is forgotten can be written again.
    var loaded = TaskIndex.load(path)
    for name in names { loaded.update(Self.entry(name, at: 0)) }
    try loaded.save(to: path)
    for name in names { #expect(TaskIndex.load(path)[name] != nil) }
  }

  @Test func `eight threads that save at once lose no entry`() throws {
    let fixture = try CacheFixture()
    let path = fixture.state.taskIndex
    inThreads(8) { number in
      do {
        for round in 0..<10 {
          var index = TaskIndex.load(path)
          index.update(Self.entry("\(number)-\(round)", at: Int64(round)))
          try index.save(to: path)
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    let loaded = TaskIndex.load(path)
    #expect(loaded.tasks.count == 80)
    for task in loaded.tasks { #expect(loaded[task] != nil) }
  }

  @Test func `ten thousand tasks are kept`() throws {
    let fixture = try CacheFixture()
    var index = TaskIndex()
    for number in 0..<10_000 { index.update(Self.entry("task-\(number)", at: 1)) }
    try index.save(to: fixture.state.taskIndex)
    let loaded = TaskIndex.load(fixture.state.taskIndex)
    #expect(loaded.tasks.count == 10_000)
    #expect(loaded["task-9999"] == Self.entry("task-9999", at: 1))
  }
}
