// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves in which order tasks start, and that each of them ends exactly once, whatever fails.

import TaskGraph
import TestSupport
import Testing

struct ScheduleTests {
  /// A graph of tasks `0`, `1` … with these dependencies, all in one pool.
  private func graph(
    _ needs: [[Int]], pools: [Pool] = [.cpu(1)], tolerating: [Int: Int] = [:]
  ) throws -> Graph {
    var graph = Graph()
    for (position, before) in needs.enumerated() {
      var policy = TaskPolicy(pool: pools[position % pools.count])
      policy.toleratedFailures = tolerating[position] ?? 0
      try graph.add(
        WorkTask("\(position)"), after: before.map { TaskID("\($0)") }, policy: policy)
    }
    return graph
  }

  @Test func `the longest remaining path goes first`() throws {
    // 0 → 3 takes 1 + 10, 1 takes 5, 2 → 4 takes 2 + 2.
    var schedule = Schedule(
      try graph([[], [], [], [0], [2]]), durations: [1, 5, 2, 10, 2])
    var order: [Int] = []
    while let next = schedule.next() {
      order.append(next)
      schedule.succeed(next)
    }
    #expect(order == [0, 3, 1, 2, 4])
    #expect(schedule.isFinished)
  }

  @Test func `equal paths go in the order of the graph`() throws {
    var schedule = Schedule(try graph([[], [], [], []]), durations: [])
    var order: [Int] = []
    while let next = schedule.next() {
      order.append(next)
      schedule.succeed(next)
    }
    #expect(order == [0, 1, 2, 3])
  }

  @Test func `a full pool holds back its own tasks and no others`() throws {
    let slow = Pool("slow", capacity: 1)
    let wide = Pool("wide", capacity: 2)
    var schedule = Schedule(
      try graph([[], [], [], [], [], []], pools: [slow, wide]),
      durations: [90, 1, 80, 2, 70, 3])
    #expect([schedule.next(), schedule.next(), schedule.next()] == [0, 5, 3])
    #expect(schedule.next() == nil)
    schedule.succeed(0)
    #expect(schedule.next() == 2)
    #expect(schedule.next() == nil)
    schedule.succeed(5)
    #expect(schedule.next() == 1)
  }

  @Test func `a failure takes what depends on it and nothing else`() throws {
    var schedule = Schedule(
      try graph([[], [0], [1], [], [3], [2, 4]], pools: [.cpu(8)]), durations: [])
    #expect(schedule.next() == 0)
    #expect(schedule.next() == 3)
    #expect(schedule.fail(0) == [1, 2, 5])
    schedule.succeed(3)
    #expect(schedule.next() == 4)
    schedule.succeed(4)
    #expect(schedule.isFinished)
    #expect(schedule.next() == nil)
  }

  @Test(arguments: [0, 1, 2, 3])
  func `a gate opens after as many failures as it tolerates`(tolerated: Int) throws {
    // Three chains of two, and a gate after them with a task behind it.
    var schedule = Schedule(
      try graph(
        [[], [], [], [0], [1], [2], [3, 4, 5], [6]], pools: [.cpu(8)],
        tolerating: [6: tolerated]),
      durations: [])
    var lost: [Int] = []
    var done: [Int] = []
    while let next = schedule.next() {
      // The first chain fails at its start, the second at its end.
      if next == 0 || next == 4 {
        lost += schedule.fail(next)
      } else {
        schedule.succeed(next)
        done.append(next)
      }
    }
    #expect(schedule.isFinished)
    #expect(lost.sorted() == (tolerated < 2 ? [3, 6, 7] : [3]))
    #expect(done.contains(7) == (tolerated >= 2))
    #expect(done.filter { $0 == 6 }.count == (tolerated >= 2 ? 1 : 0))
  }

  @Test func `what has not started can be given up at any time`() throws {
    var schedule = Schedule(try graph([[], [], [0], [1]], pools: [.cpu(8)]), durations: [])
    #expect(schedule.next() == 0)
    #expect(schedule.abandonRest() == [1, 2, 3])
    #expect(schedule.next() == nil)
    #expect(!schedule.isFinished)
    schedule.succeed(0)
    #expect(schedule.isFinished)
    #expect(schedule.abandonRest() == [])
    #expect(schedule.next() == nil)
  }

  @Test func `a pool lets one task through however small it is made`() {
    #expect(Pool("x", capacity: 0).capacity == 1)
    #expect(Pool("x", capacity: -3).capacity == 1)
  }

  @Test(arguments: 0..<UInt64(400))
  func `every task ends exactly once, after what it needs and within its pool`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let count = 1 + random.number(below: 30)
    let needs = (0..<count).map { position in
      (0..<position).filter { _ in random.chance(oneIn: 4) }
    }
    let pools = [Pool("a", capacity: 1), Pool("b", capacity: 3), Pool("c", capacity: 50)]
    let graph = try graph(needs, pools: pools)
    var schedule = Schedule(
      graph, durations: needs.map { _ in Int64(random.number(below: 1000)) })
    var ended = [Int](repeating: 0, count: count)
    var succeeded: Set<Int> = []
    var running: [Int] = []
    var isStopped = false
    while true {
      while !isStopped, let next = schedule.next() {
        #expect(needs[next].allSatisfy { succeeded.contains($0) })
        running.append(next)
        for pool in pools {
          #expect(running.count { pools[$0 % 3] == pool } <= pool.capacity)
        }
      }
      guard let end = running.randomElement(using: &random) else { break }
      running.removeAll { $0 == end }
      ended[end] += 1
      if random.chance(oneIn: 8) {
        for lost in schedule.fail(end) { ended[lost] += 1 }
      } else {
        succeeded.insert(end)
        schedule.succeed(end)
      }
      if random.chance(oneIn: 30) {
        isStopped = true
        for rest in schedule.abandonRest() { ended[rest] += 1 }
      }
    }
    #expect(schedule.isFinished)
    #expect(ended == [Int](repeating: 1, count: count))
  }
}
