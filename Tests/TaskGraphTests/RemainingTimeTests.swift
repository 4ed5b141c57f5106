// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves how the rest of a run is estimated.

import TaskGraph
import Testing

struct RemainingTimeTests {
  private func item(
    _ id: String, _ expected: Int64?, _ needs: [Int32] = [], pool: Pool = Pool("p", capacity: 9)
  ) -> RunOutline.Item {
    RunOutline.Item(
      id: TaskID(id), taskClass: .pure, phase: "", pool: pool, needs: needs, expected: expected)
  }

  @Test func `it is the longest path over what has not ended`() {
    // a 50 → b 30 → d 20; c 90.
    var time = RemainingTime(
      RunOutline([item("a", 50), item("b", 30, [0]), item("c", 90), item("d", 20, [1])]))
    #expect(time.estimate(at: 0)?.remaining == 100)
    time.start(TaskID("a"), at: 0)
    #expect(time.estimate(at: 20)?.remaining == 90)
    time.end(TaskID("c"))
    #expect(time.estimate(at: 20)?.remaining == 80)
    time.end(TaskID("a"))
    #expect(time.estimate(at: 60)?.remaining == 50)
    time.end(TaskID("b"))
    time.end(TaskID("d"))
    #expect(time.estimate(at: 60)?.remaining == 0)
  }

  @Test func `a task that takes longer than before has nothing left, not less`() {
    var time = RemainingTime(RunOutline([item("a", 50), item("b", 30, [0])]))
    time.start(TaskID("a"), at: 0)
    #expect(time.estimate(at: 500)?.remaining == 30)
  }

  @Test func `a full pool counts where its work is more than any path`() {
    let pool = Pool("narrow", capacity: 2)
    let time = RemainingTime(RunOutline((0..<8).map { item("\($0)", 10, pool: pool) }))
    #expect(time.estimate(at: 0)?.remaining == 40)
  }

  @Test func `without any record there is no estimate, with some it is incomplete`() {
    #expect(RemainingTime(RunOutline([item("a", nil)])).estimate(at: 0) == nil)
    #expect(RemainingTime(RunOutline([item("a", 0)])).estimate(at: 0) == nil)
    var time = RemainingTime(RunOutline([item("a", 50), item("b", nil)]))
    #expect(time.estimate(at: 0)?.isComplete == false)
    time.end(TaskID("b"))
    #expect(time.estimate(at: 0)?.isComplete == true)
  }

  @Test func `events of tasks that it does not know, or that ended, change nothing`() {
    var time = RemainingTime(RunOutline([item("a", 50), item("b", 30)]))
    time.end(TaskID("a"))
    time.end(TaskID("a"))
    time.start(TaskID("a"), at: 0)
    time.end(TaskID("other"))
    #expect(time.estimate(at: 0)?.remaining == 30)
  }
}
