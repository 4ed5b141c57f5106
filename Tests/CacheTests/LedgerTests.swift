// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Receipts stay, in their order; damage costs the receipt that it hits.

import Cache
import SystemPackage
import Testing

@Suite struct LedgerTests {
  static func receipt(_ effect: String, _ number: Int) -> Ledger.Receipt {
    Ledger.Receipt(
      effect: effect, key: Digest.of("\(number)"), value: Array("\(number)".utf8), runID: "r",
      at: Int64(number))
  }

  @Test func `the newest receipt of each effect counts, and all of them stay`() throws {
    let fixture = try CacheFixture()
    let ledger = Ledger(directory: fixture.directory.appending("new").appending("ledger"))
    #expect(try ledger.latest().isEmpty)
    try ledger.append(Self.receipt("push", 1))
    try ledger.append(Self.receipt("migrate", 2))
    try ledger.append(Self.receipt("push", 3))
    #expect(
      try ledger.latest() == [
        "push": Self.receipt("push", 3), "migrate": Self.receipt("migrate", 2),
      ])
    #expect(try ledger.receipts().map(\.at) == [1, 2, 3])
  }

  @Test func `a tail cut at any byte loses the last receipt alone, and the next append heals it`()
    throws
  {
    let fixture = try CacheFixture()
    let ledger = Ledger(directory: fixture.state.ledger)
    try ledger.append(Self.receipt("a", 1))
    let first = try #require(try FileSystem.read(ledger.file))
    // Longer than the next, which therefore does not cover it.
    try ledger.append(Self.receipt("a longer name of an effect", 2))
    let both = try #require(try FileSystem.read(ledger.file))
    try ledger.append(Self.receipt("a", 3))
    let expected = try #require(try FileSystem.read(ledger.file))
    let third = Array(expected[both.count...])
    for count in first.count..<both.count {
      try fixture.overwrite(ledger.file, Array(both[..<count]))
      #expect(try ledger.receipts() == [Self.receipt("a", 1)], "cut at \(count)")
    }
    for count in stride(from: first.count, to: both.count, by: 20) {
      try fixture.overwrite(ledger.file, Array(both[..<count]))
      try ledger.append(Self.receipt("a", 3))
      #expect(try FileSystem.read(ledger.file) == first + third, "cut at \(count)")
    }
  }

  @Test func `a changed byte anywhere loses the receipt that it hits alone`() throws {
    let fixture = try CacheFixture()
    let ledger = Ledger(directory: fixture.state.ledger)
    let all = (1...3).map { Self.receipt("effect", $0) }
    for receipt in all { try ledger.append(receipt) }
    let bytes = try #require(try FileSystem.read(ledger.file))
    let size = bytes.count / 3
    for position in bytes.indices {
      var damaged = bytes
      damaged[position] ^= 1
      try fixture.overwrite(ledger.file, damaged)
      var expected = all
      expected.remove(at: position / size)
      #expect(try ledger.receipts() == expected, "flipped at \(position)")
    }
    // Damage in the middle is not a tail: what follows it survives an append.
    var damaged = bytes
    damaged[size + 30] ^= 1
    try fixture.overwrite(ledger.file, damaged)
    try ledger.append(Self.receipt("effect", 4))
    #expect(try ledger.receipts().map(\.at) == [1, 3, 4])
  }

  @Test func `eight threads that append at once lose no receipt`() throws {
    let fixture = try CacheFixture()
    let ledger = Ledger(directory: fixture.state.ledger)
    inThreads(8) { number in
      do {
        for round in 0..<10 {
          try ledger.append(Self.receipt("\(number)", round))
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    let receipts = try ledger.receipts()
    #expect(receipts.count == 80)
    for number in 0..<8 {
      #expect(receipts.filter { $0.effect == "\(number)" }.map(\.at) == (0..<10).map { $0 })
    }
  }
}
