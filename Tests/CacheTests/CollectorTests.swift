// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The cache keeps to its budget, drops what was unused longest, and never what is in use.

import Cache
import SystemPackage
import Testing

@Suite struct CollectorTests {
  static let day = 24 * 3600

  @Test func `the longest unused records go until the rest fits`() throws {
    let fixture = try CacheFixture()
    var stored: [(record: Digest, blob: Digest)] = []
    for (number, letter) in "abcdef".enumerated() {
      stored.append(
        try fixture.store(
          "\(letter)", letter: letter, size: 10_000, seconds: (10 - number) * Self.day))
    }
    // The oldest is used now: its record is the newest then.
    #expect(fixture.actions.record(for: stored[0].record) != nil)
    let report = try Collector(layout: fixture.layout, budget: 35_000).collect(force: true)
    #expect(report.skipped == nil)
    #expect(report.removedRecords == 3)
    #expect(report.removedBlobs == 3)
    #expect(report.records == 3)
    #expect(report.bytes <= 35_000)
    let usage = Collector(layout: fixture.layout, budget: 35_000).usage()
    #expect(usage.bytes == report.bytes)
    #expect(usage.bytes <= 35_000)
    for (number, entry) in stored.enumerated() {
      let stays = [0, 4, 5].contains(number)
      #expect((fixture.actions.record(for: entry.record) != nil) == stays, "\(number)")
      #expect(fixture.contents.contains(entry.blob, size: 10_000) == stays, "\(number)")
    }
  }

  @Test func `what fits stays, a blob of several records counts once`() throws {
    let fixture = try CacheFixture()
    for name in ["one", "two", "three"] {
      try fixture.store(name, letter: "x", size: 10_000, seconds: 9 * Self.day)
    }
    let report = try Collector(layout: fixture.layout, budget: 12_000).collect(force: true)
    #expect(report.removedRecords == 0)
    #expect(report.removedBlobs == 0)
    #expect(report.records == 3)
  }

  @Test func `logs of records that stay are kept`() throws {
    let fixture = try CacheFixture()
    let log = try fixture.contents.insert(Array("printed".utf8))
    try fixture.actions.store(
      ActionRecord(
        key: Digest.of("k"), task: "t", value: [], outputs: [], log: log, logSize: 7))
    try fixture.age(fixture.blob(log), seconds: 9 * Self.day)
    _ = try Collector(layout: fixture.layout, budget: 12_000).collect(force: true)
    #expect(try fixture.contents.read(log) == Array("printed".utf8))
  }

  @Test func `blobs that no record needs go after an hour, not before`() throws {
    let fixture = try CacheFixture()
    let old = try fixture.contents.insert(Array("old".utf8))
    let young = try fixture.contents.insert(Array("young".utf8))
    try fixture.age(fixture.blob(old), seconds: 3700)
    try fixture.age(fixture.blob(young), seconds: 3500)
    let report = try Collector(layout: fixture.layout, budget: 1_000_000).collect(force: true)
    #expect(report.removedBlobs == 1)
    #expect(report.removedBytes == 3)
    #expect(try fixture.contents.read(old) == nil)
    #expect(try fixture.contents.read(young) != nil)
  }

  @Test func `temporary files go after an hour, not before`() throws {
    let fixture = try CacheFixture()
    let old = fixture.layout.temporary.appending("old")
    let young = fixture.layout.temporary.appending("young")
    try fixture.overwrite(old, [1])
    try fixture.overwrite(young, [1])
    try fixture.age(old, seconds: 3700)
    let report = try Collector(layout: fixture.layout, budget: 1_000_000).collect(force: true)
    #expect(report.removedTemporaries == 1)
    #expect(FileTransfer.names(in: fixture.layout.temporary) == ["young"])
  }

  @Test func `nothing is collected while a run holds the cache, and runs share it`() throws {
    let fixture = try CacheFixture()
    try fixture.store("a", letter: "a", size: 10_000, seconds: 9 * Self.day)
    let collector = Collector(layout: fixture.layout, budget: 0)
    do {
      let run = try collector.holdForRun()
      let other = try collector.holdForRun(wait: false)
      let held = isHeld(run) && isHeld(other)
      #expect(held)
      #expect(try collector.collect(force: true).skipped == .busy)
      #expect(collector.usage().records == 1)
      withExtendedLifetime(run) {}
      withExtendedLifetime(other) {}
    }
    #expect(try collector.collect(force: true).removedRecords == 1)
    #expect(collector.usage().records == 0)
    #expect(collector.usage().blobs == 0)
  }

  @Test func `a collection within a day of the last is skipped unless it is forced`() throws {
    let fixture = try CacheFixture()
    try fixture.store("a", letter: "a", size: 100, seconds: 9 * Self.day)
    let collector = Collector(layout: fixture.layout, budget: 1_000_000)
    #expect(try collector.collect(force: false).skipped == nil)
    #expect(try collector.collect(force: false).skipped == .recent)
    #expect(try collector.collect(force: true).skipped == nil)
    try fixture.age(fixture.layout.collected, seconds: 25 * 3600)
    #expect(try collector.collect(force: false).skipped == nil)
  }

  @Test func `a cache that is not there is empty, and is not made`() throws {
    let fixture = try CacheFixture()
    let collector = Collector(layout: fixture.layout)
    #expect(try collector.collect(force: true).skipped == nil)
    #expect(try collector.verify() == [])
    #expect(collector.usage().records == 0)
    #expect(FileIdentity(fixture.layout.root.string) == nil)
  }

  @Test func `the default budget is a twentieth of the volume and never above ten gigabytes`()
    throws
  {
    let fixture = try CacheFixture()
    let budget = Collector.defaultBudget(fixture.layout.root.appending("not").appending("made"))
    #expect(budget == Collector.defaultBudget(fixture.directory))
    #expect(budget > 0)
    #expect(budget <= 10_000_000_000)
  }

  @Test func `verifying removes what is bad, names it, and leaves the rest`() throws {
    let fixture = try CacheFixture()
    let good = try fixture.store("good", letter: "g", size: 10, seconds: 10)
    let flipped = try fixture.store("flipped", letter: "f", size: 10, seconds: 10)
    let lost = try fixture.store("lost", letter: "l", size: 10, seconds: 10)
    let torn = try fixture.store("torn", letter: "t", size: 10, seconds: 10)
    try fixture.overwrite(fixture.blob(flipped.blob), Array("ffffffffffx".utf8))
    try FileSystem.removeFile(fixture.blob(lost.blob))
    try fixture.overwrite(fixture.record(torn.record), Array("SCACTION".utf8))
    let collector = Collector(layout: fixture.layout, budget: 1_000_000)
    #expect(
      Set(try collector.verify()) == [
        .badBlob(flipped.blob), .incompleteRecord(flipped.record, task: "flipped"),
        .incompleteRecord(lost.record, task: "lost"), .badRecord(torn.record),
      ])
    #expect(try collector.verify() == [])
    #expect(fixture.actions.record(for: good.record) != nil)
    #expect(collector.usage().records == 1)
  }
}
